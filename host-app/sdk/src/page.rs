//! Documents as they are found, and pages as they are served.

use std::collections::BTreeMap;
use std::time::SystemTime;

use keyway::Boundary;

/// What the content of a document is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Boundary)]
pub enum Format {
    /// CommonMark.
    Markdown,
    /// HTML, ready for a theme.
    Html,
}

/// One document as a [`Source`](crate::Source) found it: front matter taken off, content untouched.
#[derive(Debug, Clone, Boundary)]
pub struct Document {
    /// URL path of the page as text, beginning with `/` and without an extension: `/guide/start`; `/` for the start page. In a link
    /// it is written with [`url_path::encode`](crate::url_path::encode).
    pub path: String,
    /// Where it was found, as messages name it: `content/guide/start.md`. Relative links in a Markdown document are meant from there,
    /// below the first folder, which names the mount.
    pub origin: String,
    /// Title from the front matter, else from the first heading, else from the file name.
    pub title: String,
    /// One sentence for search engines and feeds; empty when there is none.
    pub description: String,
    /// Date of publication as `YYYY-MM-DD` or an RFC 3339 time; empty when there is none.
    pub date: String,
    /// Position among its siblings in the navigation; those without one come last, by title.
    pub order: Option<i64>,
    /// Tags from the front matter.
    pub tags: Vec<String>,
    /// Former URL paths of this page (`aliases` in the front matter), which `redirect` answers.
    pub aliases: Vec<String>,
    /// Front-matter values that keyway-cms does not know, as text.
    pub extra: BTreeMap<String, String>,
    /// When the file was last changed.
    pub modified: Option<SystemTime>,
    /// What the content is written in.
    pub format: Format,
    /// The content.
    pub content: String,
}

impl Document {
    /// A document with this path, origin and content, and nothing else known: its title is its path.
    #[must_use]
    pub fn new(path: impl Into<String>, origin: impl Into<String>, format: Format, content: impl Into<String>) -> Self {
        let path = path.into();
        Self {
            title: path.clone(),
            path,
            origin: origin.into(),
            description: String::new(),
            date: String::new(),
            order: None,
            tags: Vec::new(),
            aliases: Vec::new(),
            extra: BTreeMap::new(),
            modified: None,
            format,
            content: content.into(),
        }
    }
}

/// A heading inside a page.
#[derive(Debug, Clone, PartialEq, Eq, Boundary)]
pub struct Heading {
    /// 1 to 6.
    pub level: u8,
    /// The anchor, as in `#anchor`.
    pub id: String,
    /// The heading's text without markup.
    pub text: String,
}

/// A document after all processors: its content is HTML.
#[derive(Debug, Clone, Boundary)]
pub struct Page {
    /// The document; its `content` is now HTML.
    pub document: Document,
    /// Its headings in order.
    pub headings: Vec<Heading>,
    /// The content as plain text, for search.
    pub text: String,
}

impl Page {
    /// A page without headings and text, of a document whose content is HTML.
    #[must_use]
    pub fn new(document: Document) -> Self {
        Self { document, headings: Vec::new(), text: String::new() }
    }
}
