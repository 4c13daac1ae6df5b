//! The rule by which a Markdown file becomes a page: `guide/start.md` is `/guide/start`. What finds files and what rewrites the links
//! between them must agree on it.

/// The URL path of the page that a Markdown file holds, by the file's path below the content folder, with or without a leading `/`.
/// `None` when it is no Markdown file.
///
/// ```
/// use keyway_cms_sdk::markdown_file::url_path;
/// assert_eq!(url_path("guide/start.md").as_deref(), Some("/guide/start"));
/// assert_eq!(url_path("guide/index.md").as_deref(), Some("/guide"));
/// assert_eq!(url_path("logo.png"), None);
/// ```
#[must_use]
pub fn url_path(file: &str) -> Option<String> {
    let stem = stem(file.trim_start_matches('/'))?;
    let (folder, name) = stem.rsplit_once('/').unwrap_or(("", stem));
    if is_folder_page(name) { Some(format!("/{folder}")) } else { Some(format!("/{stem}")) }
}

/// Whether a Markdown file of this name, without `.md`, is the page of its folder: `index`, or `README` in any case.
#[must_use]
pub fn is_folder_page(name: &str) -> bool {
    name == "index" || name.eq_ignore_ascii_case("readme")
}

/// The path of a Markdown file without `.md`; `None` when it is no Markdown file.
#[must_use]
pub fn stem(file: &str) -> Option<&str> {
    let (stem, extension) = file.rsplit_once('.')?;
    (extension.eq_ignore_ascii_case("md") && !stem.is_empty() && !stem.ends_with('/')).then_some(stem)
}

#[cfg(test)]
mod tests {
    use super::url_path;

    #[test]
    fn pages_follow_their_files() {
        for (file, page) in [
            ("start.md", Some("/start")),
            ("/guide/start.md", Some("/guide/start")),
            ("index.md", Some("/")),
            ("README.md", Some("/")),
            ("guide/index.md", Some("/guide")),
            ("guide/readme.MD", Some("/guide")),
            ("v1.2.md", Some("/v1.2")),
            ("über uns.md", Some("/über uns")),
            (".md", None),
            ("guide/.md", None),
            ("logo.png", None),
        ] {
            assert_eq!(url_path(file).as_deref(), page, "{file}");
        }
    }
}
