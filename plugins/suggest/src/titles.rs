//! The titles of a site, to be found by their beginning.

use keyway_cms_sdk::{Site, url_path};
use serde::Serialize;

/// All titles, sorted.
#[derive(Debug, Default)]
pub(crate) struct Titles(Vec<Entry>);

#[derive(Debug)]
struct Entry {
    /// The title in lower case, with one space between words.
    folded: String,
    suggestion: Suggestion,
}

/// One suggestion.
#[derive(Debug, Serialize)]
pub(crate) struct Suggestion {
    pub(crate) title: String,
    /// The path as it stands in links.
    pub(crate) path: String,
}

impl Titles {
    pub(crate) fn new(site: &Site) -> Self {
        let mut entries: Vec<Entry> =
            site.pages().iter().map(|page| Entry::new(&page.document.title, &page.document.path)).collect();
        entries.sort_by(|left, right| left.folded.cmp(&right.folded));
        Self(entries)
    }

    /// The titles that begin with what was typed, then those in which another word does.
    pub(crate) fn beginning_with(&self, typed: &str, limit: usize) -> Vec<&Suggestion> {
        let typed = fold(typed);
        if typed.is_empty() {
            return Vec::new();
        }
        let begins = |entry: &&Entry| entry.folded.starts_with(&typed);
        let has_word = |entry: &&Entry| {
            let mut places = entry.folded.match_indices(&typed).filter(|(at, _)| *at > 0);
            places.any(|(at, _)| !entry.folded[..at].ends_with(char::is_alphanumeric)) && !entry.folded.starts_with(&typed)
        };
        let found = self.0.iter().filter(begins).chain(self.0.iter().filter(has_word));
        found.take(limit).map(|entry| &entry.suggestion).collect()
    }
}

impl Entry {
    fn new(title: &str, path: &str) -> Self {
        Self { folded: fold(title), suggestion: Suggestion { title: title.to_owned(), path: url_path::encode(path) } }
    }
}

fn fold(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

#[cfg(test)]
mod tests {
    use keyway_cms_sdk::{Document, Format, Page};

    use super::*;

    fn titles(titles: &[&str]) -> Titles {
        let pages = titles.iter().map(|title| {
            let mut document = Document::new(format!("/{title}"), "content/a.md", Format::Html, "");
            (*title).clone_into(&mut document.title);
            Page::new(document)
        });
        Titles::new(&Site::new("T", "https://example.org", pages.collect()).0)
    }

    fn found<'t>(titles: &'t Titles, typed: &str) -> Vec<&'t str> {
        titles.beginning_with(typed, 10).iter().map(|suggestion| suggestion.title.as_str()).collect()
    }

    #[test]
    fn beginnings_of_titles_come_before_beginnings_of_words() {
        let titles = titles(&["Write a host", "Hosting", "The Host", "Ghost", "Host"]);
        assert_eq!(found(&titles, "HOST"), ["Host", "Hosting", "The Host", "Write a host"]);
        assert_eq!(found(&titles, "write  a"), ["Write a host"]);
        assert!(found(&titles, " ").is_empty() && found(&titles, "zebra").is_empty());
    }

    #[test]
    fn no_more_than_asked_for_and_paths_are_encoded() {
        let titles = titles(&["a b", "a c"]);
        let found = titles.beginning_with("a", 1);
        assert_eq!(serde_json::to_string(&found).unwrap(), r#"[{"title":"a b","path":"/a%20b"}]"#);
    }
}
