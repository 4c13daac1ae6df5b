//! What a content path may look like: one rule for whatever stores, edits or serves documents.

/// Bytes of one content path.
pub const LONGEST_PATH: usize = 512;

/// Bytes of one name between two `/`.
pub const LONGEST_NAME: usize = 200;

/// Says what is wrong with a content path, or `None` when a document may be written there: relative, names divided by `/`, such as
/// `guide/start.md`.
///
/// A path that is good here is good on every file system and in a URL: no name is empty, begins with a dot (which hides files and
/// climbs), ends with a dot or a blank, or is one of the device names of Windows; and there is no `\`, no `:` and nothing else
/// that some system gives a meaning to.
///
/// ```
/// use keyway_cms_sdk::content_path::problem;
/// assert_eq!(problem("guide/start.md"), None);
/// assert_eq!(problem("../secret.md"), Some("a name in it begins with a dot"));
/// ```
#[must_use]
pub fn problem(path: &str) -> Option<&'static str> {
    if path.len() > LONGEST_PATH {
        return Some("it is longer than 512 bytes");
    }
    existing_problem(path).or_else(|| path.split('/').find_map(portability_problem))
}

/// Says what is wrong with the path of a document that somebody may have put there by other means, such as a file called `Why?.md`, or
/// `None` when it may be read or deleted. It leads nowhere else than it says, and that is all.
///
/// ```
/// use keyway_cms_sdk::content_path::existing_problem;
/// assert_eq!(existing_problem("Why?.md"), None);
/// assert_eq!(existing_problem("guide/../secret.md"), Some("a name in it begins with a dot"));
/// ```
#[must_use]
pub fn existing_problem(path: &str) -> Option<&'static str> {
    if path.is_empty() {
        return Some("it is empty");
    }
    if path.starts_with('/') {
        return Some("it begins with `/`, and content paths are relative");
    }
    if path.chars().any(|c| c.is_control() || matches!(c, '\\' | ':')) {
        return Some("it holds a control character, `\\` or `:`");
    }
    path.split('/').find_map(|name| match name {
        "" => Some("a name in it is empty"),
        name if name.starts_with('.') => Some("a name in it begins with a dot"),
        _ => None,
    })
}

fn portability_problem(name: &str) -> Option<&'static str> {
    if name.len() > LONGEST_NAME {
        return Some("a name in it is longer than 200 bytes");
    }
    if name.ends_with(['.', ' ']) || name.starts_with(' ') {
        return Some("a name in it ends with a dot, or begins or ends with a blank");
    }
    if name.contains(['*', '?', '"', '<', '>', '|', '%', '#']) {
        return Some("it holds one of * ? \" < > | % #");
    }
    if is_device(name.split('.').next().unwrap_or(name).trim_end()) {
        return Some("a name in it is that of a device on Windows");
    }
    None
}

fn is_device(stem: &str) -> bool {
    const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];
    let numbered = |prefix: &str| {
        stem.len() == 4
            && stem.is_char_boundary(3)
            && stem[..3].eq_ignore_ascii_case(prefix)
            && stem.ends_with(|c: char| c.is_ascii_digit())
    };
    DEVICES.iter().any(|device| stem.eq_ignore_ascii_case(device)) || numbered("com") || numbered("lpt")
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_NAME, LONGEST_PATH, existing_problem, problem};

    #[test]
    fn ordinary_paths_are_good() {
        for path in
            ["index.md", "guide/start.md", "über uns.md", "v1.2/notes.md", "a-b_c(1).md", "console.md", "com10.md", "日本/語.md"]
        {
            assert_eq!(problem(path), None, "{path}");
        }
    }

    #[test]
    fn whatever_climbs_hides_or_means_something_is_not() {
        for path in [
            "",
            "/",
            "/a.md",
            "a//b.md",
            "a/",
            "..",
            "../a.md",
            "a/../b.md",
            ".git/config",
            "a/.hidden.md",
            "a\\b.md",
            "c:a.md",
            "a\0.md",
            "a\n.md",
            "a*.md",
            "a%2e.md",
            "a.md.",
            "a.md ",
            " a.md",
            "con",
            "CON.md",
            "a/nul.md",
            "com1.md",
            "Lpt9",
            "aux .md",
        ] {
            assert!(problem(path).is_some(), "{path:?}");
        }
        assert!(problem(&"a".repeat(LONGEST_NAME + 1)).is_some());
        assert!(problem(&"a/".repeat(LONGEST_PATH)).is_some());
    }

    #[test]
    fn what_is_there_may_be_read_when_it_leads_nowhere_else() {
        for path in ["index.md", "a%2fb.md", "quote\"<>.md", "Why?.md", "con.md", " a.md", "a.md."] {
            assert_eq!(existing_problem(path), None, "{path}");
        }
        for path in ["", "/a.md", "a//b.md", "a/", "..", "a/../b.md", ".git/config", "a\\b.md", "c:a.md", "a\0.md", "a\n.md"] {
            assert!(existing_problem(path).is_some(), "{path:?}");
            assert!(problem(path).is_some(), "what may not be read may not be written: {path:?}");
        }
    }
}
