//! The built site that plugins see.

use std::collections::{BTreeMap, BTreeSet};

use keyway::Boundary;

use crate::{Page, url_path};

/// All pages of a site, sorted by path, and what is served beside them. It never changes: a new build is a new site.
#[derive(Debug, Clone, Boundary)]
pub struct Site {
    title: String,
    address: String,
    pages: Vec<Page>,
    by_path: BTreeMap<String, usize>,
    served: BTreeSet<String>,
}

impl Site {
    /// Puts a site together. `address` is the public origin without a final slash, such as `https://example.org`.
    ///
    /// Of several pages with the same path the first is kept; the others come back, for the caller to report.
    #[must_use]
    pub fn new(title: impl Into<String>, address: impl Into<String>, pages: Vec<Page>) -> (Self, Vec<Page>) {
        let mut kept: BTreeMap<String, Page> = BTreeMap::new();
        let mut surplus = Vec::new();
        for page in pages {
            if kept.contains_key(&page.document.path) {
                surplus.push(page);
            } else {
                kept.insert(page.document.path.clone(), page);
            }
        }
        let by_path = kept.keys().enumerate().map(|(index, path)| (path.clone(), index)).collect();
        let pages = kept.into_values().collect();
        (Self { title: title.into(), address: address.into(), pages, by_path, served: BTreeSet::new() }, surplus)
    }

    /// Says which URL paths plugins answer beside the pages, such as `/search`. The host takes them from the `http.routes` grants.
    #[must_use]
    pub fn with_served(mut self, paths: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.served.extend(paths.into_iter().map(Into::into));
        self
    }

    /// Whether a plugin of this build answers exactly this URL path: `serves("/search")` tells a theme to show a search box,
    /// `serves("/feed.xml")` to link the feed. Patterns such as `/**` do not count, and neither do pages.
    #[must_use]
    pub fn serves(&self, path: &str) -> bool {
        self.served.contains(path)
    }

    /// The site's title.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The site's public origin without a final slash.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// All pages, sorted by path.
    #[must_use]
    pub fn pages(&self) -> &[Page] {
        &self.pages
    }

    /// The page at a URL path. A final slash does not matter; an empty path is the start page.
    #[must_use]
    pub fn page(&self, path: &str) -> Option<&Page> {
        let trimmed = if path.len() > 1 { path.trim_end_matches('/') } else { path };
        let path = if trimmed.is_empty() { "/" } else { trimmed };
        self.by_path.get(path).map(|index| &self.pages[*index])
    }

    /// The whole address of a URL path, percent-encoded where needed.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{}", self.address, url_path::encode(path))
    }
}

#[cfg(test)]
mod tests {
    use super::Site;
    use crate::{Document, Format, Page};

    fn page(path: &str, origin: &str) -> Page {
        Page::new(Document::new(path, origin, Format::Html, ""))
    }

    #[test]
    fn of_pages_with_one_path_the_first_is_kept() {
        let (site, surplus) = Site::new("T", "https://t.example", vec![page("/b", "1"), page("/a", "2"), page("/b", "3")]);
        let paths: Vec<_> = site.pages().iter().map(|page| page.document.path.as_str()).collect();
        assert_eq!(paths, ["/a", "/b"]);
        assert_eq!(site.page("/b").map(|page| page.document.origin.as_str()), Some("1"));
        assert_eq!(surplus.iter().map(|page| page.document.origin.as_str()).collect::<Vec<_>>(), ["3"]);
    }

    #[test]
    fn a_final_slash_does_not_matter() {
        let (site, _) = Site::new("T", "https://t.example", vec![page("/", "start"), page("/a", "a")]);
        for (path, origin) in [
            ("/", Some("start")),
            ("//", Some("start")),
            ("/a", Some("a")),
            ("/a/", Some("a")),
            ("", Some("start")),
            ("/b", None),
        ] {
            let found = site.page(path).map(|page| page.document.origin.as_str());
            assert_eq!(found, origin, "{path:?}");
        }
    }

    #[test]
    fn addresses_are_encoded_and_served_paths_known() {
        let (site, _) = Site::new("T", "https://t.example", Vec::new());
        assert_eq!(site.url("/über uns"), "https://t.example/%C3%BCber%20uns");
        let site = site.with_served(["/search"]);
        assert!(site.serves("/search") && !site.serves("/search.json"));
    }
}
