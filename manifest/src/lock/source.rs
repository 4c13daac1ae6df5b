//! Where a plugin's package comes from, in the one form that a lock writes.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

/// Where a plugin's package comes from. Its text is `path:plugins/sitemap`, `registry`, `registry:NAME`,
/// `git:URL#REVISION` or `library`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum PluginSource {
    /// A folder, relative to the workspace root, with `/` between its segments.
    Path(String),
    /// A registry: `None` for Cargo's own, else its name or address.
    Registry(Option<String>),
    /// A git repository and the revision that Cargo.lock names.
    Git {
        /// The repository's address.
        url: String,
        /// The revision, 40 or 64 hexadecimal digits.
        revision: String,
    },
    /// Not known: only the plugin's library is there, and its digests say which one.
    Library,
}

impl Display for PluginSource {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(folder) => write!(formatter, "path:{folder}"),
            Self::Registry(None) => formatter.write_str("registry"),
            Self::Registry(Some(name)) => write!(formatter, "registry:{name}"),
            Self::Library => formatter.write_str("library"),
            Self::Git { url, revision } => write!(formatter, "git:{url}#{revision}"),
        }
    }
}

/// What is wrong with the text of a source, as the rest of a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceProblem(pub(super) &'static str);

impl Display for SourceProblem {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

impl std::error::Error for SourceProblem {}

impl FromStr for PluginSource {
    type Err = SourceProblem;

    fn from_str(text: &str) -> Result<Self, SourceProblem> {
        if text.chars().any(char::is_control) {
            return Err(SourceProblem("has a control character"));
        }
        match text.split_once(':') {
            None if text == "registry" => Ok(Self::Registry(None)),
            None if text == "library" => Ok(Self::Library),
            Some(("path" | "registry" | "git", "")) => Err(SourceProblem("ends with its colon")),
            Some(("path", folder)) if folder.contains('\\') => Err(SourceProblem("has a backslash in its path")),
            Some(("path", folder)) => Ok(Self::Path(folder.to_owned())),
            Some(("registry", name)) => Ok(Self::Registry(Some(name.to_owned()))),
            Some(("git", address)) => {
                let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
                match address.rsplit_once('#') {
                    Some((url, revision))
                        if !url.is_empty() && matches!(revision.len(), 40 | 64) && revision.bytes().all(is_digit) =>
                    {
                        Ok(Self::Git { url: url.to_owned(), revision: revision.to_owned() })
                    }
                    _ => Err(SourceProblem("does not end with `#` and a revision of 40 or 64 hexadecimal digits")),
                }
            }
            _ => Err(SourceProblem("is none of `path:`, `registry`, `git:` and `library`")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let revision = "0123456789abcdef0123456789abcdef01234567";
        let git = format!("git:https://git.example/plugins?branch=main#{revision}");
        for text in ["path:plugins/sitemap", "path:../sitemap", "registry", "registry:acme", "library", &git] {
            assert_eq!(text.parse::<PluginSource>().unwrap().to_string(), text);
        }
        for text in
            ["", "path", "path:", "path:a\\b", "registry:", "git:https://git.example#main", "git:#", "crates.io", "path:a\nb"]
        {
            assert!(text.parse::<PluginSource>().is_err(), "{text}");
        }
    }
}
