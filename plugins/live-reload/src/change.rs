//! What is different between two builds of a site.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use keyway_cms_sdk::Site;
use serde::Serialize;

/// What browsers are told, as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum Change {
    /// No page is different, so most likely a file beside them is.
    Styles,
    /// The content of these pages is different; their URL paths as text.
    Pages { paths: Vec<String> },
    /// What every page shows is different.
    All,
}

impl Change {
    /// What is to be done after two changes.
    pub(crate) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::All, _) | (_, Self::All) => Self::All,
            (Self::Styles, other) => other,
            (this, Self::Styles) => this,
            (Self::Pages { mut paths }, Self::Pages { paths: more }) => {
                paths.extend(more);
                paths.sort();
                paths.dedup();
                Self::Pages { paths }
            }
        }
    }
}

/// What is remembered of a build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Snapshot {
    /// A hash of what a navigation shows of all pages.
    navigation: u64,
    /// A hash of each page's content, by path.
    contents: BTreeMap<String, u64>,
}

impl Snapshot {
    pub(crate) fn of(site: &Site) -> Self {
        let mut navigation = DefaultHasher::new();
        site.title().hash(&mut navigation);
        let mut contents = BTreeMap::new();
        for page in site.pages() {
            let document = &page.document;
            (&document.path, &document.title, document.order).hash(&mut navigation);
            let mut content = DefaultHasher::new();
            (&document.content, &document.description, &document.date, &document.tags).hash(&mut content);
            contents.insert(document.path.clone(), content.finish());
        }
        Self { navigation: navigation.finish(), contents }
    }

    /// What has changed since an earlier build.
    pub(crate) fn since(&self, before: &Self) -> Change {
        if self.navigation != before.navigation {
            return Change::All;
        }
        let differs = |(path, hash): &(&String, &u64)| before.contents.get(*path) != Some(*hash);
        let paths: Vec<String> = self.contents.iter().filter(differs).map(|(path, _)| path.clone()).collect();
        if paths.is_empty() { Change::Styles } else { Change::Pages { paths } }
    }
}

#[cfg(test)]
mod tests {
    use keyway_cms_sdk::{Document, Format, Page};

    use super::*;

    fn snapshot(pages: &[(&str, &str, &str)]) -> Snapshot {
        let pages = pages.iter().map(|(path, title, content)| {
            let mut document = Document::new(*path, "p", Format::Html, *content);
            (*title).clone_into(&mut document.title);
            Page::new(document)
        });
        Snapshot::of(&Site::new("T", "https://example.org", pages.collect()).0)
    }

    fn pages(paths: &[&str]) -> Change {
        Change::Pages { paths: paths.iter().map(|path| (*path).to_owned()).collect() }
    }

    #[test]
    fn only_what_changed_is_told() {
        let before = snapshot(&[("/", "Start", "a"), ("/b", "B", "b"), ("/c", "C", "c")]);
        for (after, expected) in [
            (snapshot(&[("/", "Start", "a"), ("/b", "B", "b"), ("/c", "C", "c")]), Change::Styles),
            (snapshot(&[("/", "Start", "x"), ("/b", "B", "b"), ("/c", "C", "y")]), pages(&["/", "/c"])),
            (snapshot(&[("/", "Start", "a"), ("/b", "New", "b"), ("/c", "C", "c")]), Change::All),
            (snapshot(&[("/", "Start", "a"), ("/b", "B", "b")]), Change::All),
            (snapshot(&[("/", "Start", "a"), ("/b", "B", "b"), ("/c", "C", "c"), ("/d", "D", "d")]), Change::All),
        ] {
            assert_eq!(after.since(&before), expected);
        }
    }

    #[test]
    fn changes_add_up() {
        assert_eq!(pages(&["/b"]).and(pages(&["/a", "/b"])), pages(&["/a", "/b"]));
        assert_eq!(Change::Styles.and(pages(&["/a"])), pages(&["/a"]));
        assert_eq!(pages(&["/a"]).and(Change::Styles), pages(&["/a"]));
        assert_eq!(pages(&["/a"]).and(Change::All), Change::All);
    }
}
