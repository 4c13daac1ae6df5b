//! Where links lead: from file to file in the content folder, and never into a script.

use keyway_cms_sdk::markdown_file;

/// Schemes that a link may have. Others, such as `javascript:` and `data:`, may run code in the visitor's browser.
const SCHEMES: &[&str] =
    &["ftp", "geo", "http", "https", "irc", "ircs", "mailto", "matrix", "news", "sftp", "sms", "tel", "xmpp"];

/// The folder, below the mount, of the file that a document was found in.
pub(crate) fn folder_of(origin: &str) -> &str {
    let (_, below) = origin.split_once('/').unwrap_or(("", origin));
    below.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Where a link in a file of `folder` leads on the site.
///
/// A path to a Markdown file becomes the path of its page, a relative path a path from the site's root. What leaves the content folder
/// or is no path stays as it is, and what may run code becomes `#`.
pub(crate) fn target(link: &str, folder: &str) -> String {
    // Browsers drop these before they look for a scheme.
    let bare: String = link.chars().filter(|letter| !letter.is_control() && *letter != ' ').collect();
    if let Some(scheme) = scheme(&bare) {
        let allowed = SCHEMES.iter().any(|allowed| scheme.eq_ignore_ascii_case(allowed));
        return if allowed { link.to_owned() } else { "#".to_owned() };
    }
    if bare.is_empty() || bare.starts_with(['#', '?', '\\']) || bare.starts_with("//") || bare.starts_with("/\\") {
        return link.to_owned();
    }
    let (path, rest) = link.split_at(link.find(['?', '#']).unwrap_or(link.len()));
    let Some(file) = joined(path, folder) else { return link.to_owned() };
    let page = markdown_file::url_path(&file).unwrap_or_else(|| format!("/{file}"));
    format!("{page}{rest}")
}

/// What stands before the first `:`, if that is a scheme.
fn scheme(link: &str) -> Option<&str> {
    let (scheme, _) = link.split_once(':')?;
    (!scheme.contains(['/', '?', '#'])).then_some(scheme)
}

/// The path from the root, without a slash at either end and without `.` and `..`; `None` when it leaves the root.
fn joined(path: &str, folder: &str) -> Option<String> {
    let base = if path.starts_with('/') { "" } else { folder };
    let mut segments: Vec<&str> = Vec::new();
    for segment in base.split('/').chain(path.split('/')) {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop()?;
            }
            _ => segments.push(segment),
        }
    }
    Some(segments.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_between_files_lead_to_pages() {
        for (link, expected) in [
            ("start.md", "/guide/start"),
            ("./start.md#run", "/guide/start#run"),
            ("../index.md", "/"),
            ("../README.md?x#y", "/?x#y"),
            ("errors/index.md", "/guide/errors"),
            ("errors/", "/guide/errors"),
            ("/start.md", "/start"),
            ("img/a.png", "/guide/img/a.png"),
            ("my%20page.md", "/guide/my%20page"),
            ("start", "/guide/start"),
            (".", "/guide"),
        ] {
            assert_eq!(target(link, "guide"), expected, "{link}");
        }
    }

    #[test]
    fn other_links_stay_as_they_are() {
        for link in [
            "",
            "#here",
            "?q=1",
            "https://example.org/a.md",
            "HTTP://EXAMPLE.ORG",
            "mailto:ada@example.org",
            "//example.org/a.md",
            "../../outside.md",
            "\\\\server\\share",
        ] {
            assert_eq!(target(link, "guide"), link);
        }
    }

    #[test]
    fn nothing_that_may_run_code_is_left() {
        for link in [
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            " javascript:alert(1)",
            "java\nscript:alert(1)",
            "java\tscript:alert(1)",
            "\u{1}javascript:alert(1)",
            "vbscript:x",
            "data:text/html,<script>",
            "file:///etc/passwd",
            "unknown:x",
            ":x",
        ] {
            assert_eq!(target(link, ""), "#", "{link:?}");
        }
    }

    #[test]
    fn the_folder_is_the_one_below_the_mount() {
        assert_eq!(folder_of("content/guide/deep/a.md"), "guide/deep");
        assert_eq!(folder_of("content/a.md"), "");
        assert_eq!(folder_of("a.md"), "");
    }
}
