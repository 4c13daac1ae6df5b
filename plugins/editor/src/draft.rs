//! What an author has typed, as the form brings it.

use keyway_cms_sdk::{Expected, Form, Request, Revision};

/// What an author has typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Draft {
    /// The content path.
    pub(crate) path: String,
    /// A title to be put into front matter, for a new document.
    pub(crate) title: String,
    /// The document, or what follows the front matter when there is a title.
    pub(crate) text: String,
    /// Which content the author has seen; `None` when there was nothing.
    pub(crate) revision: Option<Revision>,
    /// Whether the author still chooses the path.
    pub(crate) is_new: bool,
}

impl Draft {
    /// Reads the form of a document; `None` when something else was sent.
    pub(crate) fn of(path: String, request: &Request) -> Option<Self> {
        let form = Form::of(request)?;
        let revision = Some(form.get("revision")).filter(|text| !text.is_empty()).map(Revision::new);
        Some(Self { path, title: String::new(), text: lines(form.get("text")), revision, is_new: false })
    }

    /// Reads the form of a new document.
    pub(crate) fn new_of(request: &Request) -> Option<Self> {
        let form = Form::of(request)?;
        let title = form.get("title").chars().filter(|c| !c.is_control()).collect::<String>();
        let path = document_path(form.get("path"));
        Some(Self { path, title: title.trim().to_owned(), text: lines(form.get("text")), revision: None, is_new: true })
    }

    /// What the author believes to be there.
    pub(crate) fn expected(&self) -> Expected {
        self.revision.clone().map_or(Expected::Absent, Expected::Revision)
    }

    /// The document with its front matter.
    pub(crate) fn whole_text(&self) -> String {
        if self.title.is_empty() || self.text.starts_with("+++\n") || self.text.starts_with("---\n") {
            return self.text.clone();
        }
        let title = self.title.replace('\\', "\\\\").replace('"', "\\\"");
        format!("+++\ntitle = \"{title}\"\n+++\n\n{}", self.text)
    }
}

/// Browsers send the ends of lines as CR LF.
fn lines(text: &str) -> String {
    text.replace("\r\n", "\n")
}

/// The content path for what an author typed: without a leading `/`, and with `.md`. A path that ends like the name of another kind of
/// file stays as it is, so that it is refused: `notes.txt.md` is nothing that anybody means.
fn document_path(typed: &str) -> String {
    let path = typed.trim().trim_start_matches('/');
    match path {
        "" => String::new(),
        _ if keyway_cms_sdk::markdown_file::stem(path).is_some() || is_of_another_kind(path) => path.to_owned(),
        _ => format!("{}.md", path.trim_end_matches('/')),
    }
}

/// Whether a path ends in a file extension, such as `.txt` or `.html`; the `.2` of a version is none.
fn is_of_another_kind(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    (2..=5).contains(&extension.len())
        && extension.starts_with(|c: char| c.is_ascii_alphabetic())
        && extension.chars().all(|c| c.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::{Draft, document_path};

    #[test]
    fn a_path_gets_what_it_lacks() {
        for (typed, path) in [
            ("news", "news.md"),
            ("/guide/start", "guide/start.md"),
            ("a.md", "a.md"),
            ("a.MD", "a.MD"),
            (" b/ ", "b.md"),
            ("x.txt", "x.txt"),
            ("a/page.html", "a/page.html"),
            ("release-1.2", "release-1.2.md"),
            ("v1.rc1.x", "v1.rc1.x.md"),
            ("a.b c/d", "a.b c/d.md"),
            (" ", ""),
        ] {
            assert_eq!(document_path(typed), path, "{typed}");
        }
    }

    #[test]
    fn a_title_becomes_front_matter() {
        let draft =
            |title: &str, text: &str| Draft { title: title.to_owned(), text: text.to_owned(), ..Draft::default() }.whole_text();
        assert_eq!(draft("The \"\\\"", "Text\n"), "+++\ntitle = \"The \\\"\\\\\\\"\"\n+++\n\nText\n");
        assert_eq!(draft("", "Text\n"), "Text\n");
        assert_eq!(draft("Two", "+++\ntitle = \"One\"\n+++\n"), "+++\ntitle = \"One\"\n+++\n", "the text's own counts");
    }
}
