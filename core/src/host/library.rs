//! The library that a native plugin comes from, as operators see it.

use std::fmt;
use std::path::PathBuf;

use keyway_manifest::shown;
use serde::ser::{Serialize, SerializeStruct, Serializer};

/// The library that a native plugin was loaded from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LibraryInfo {
    /// Where the file lay when it was read. What runs are the bytes that were read then, whatever lies there now.
    pub path: PathBuf,
    /// The digest of those bytes: `sha256:` and 64 hexadecimal digits.
    pub digest: String,
    /// The publisher whose signature counted, by the name that the policy gives; `None` for a library that nobody had to sign.
    pub publisher: Option<String>,
}

/// Digits of a digest that tell one content from another at a glance.
const SHOWN_DIGITS: usize = 12;

impl fmt::Display for LibraryInfo {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digest = self.digest.get(.."sha256:".len() + SHOWN_DIGITS).unwrap_or(&self.digest);
        // Whoever named the file may have put more than letters into its name.
        write!(formatter, "{} ({digest}…, ", shown(&self.path))?;
        match &self.publisher {
            Some(publisher) => write!(formatter, "signed by {publisher})"),
            None => formatter.write_str("not signed)"),
        }
    }
}

impl Serialize for LibraryInfo {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("LibraryInfo", 3)?;
        object.serialize_field("path", &self.path.to_string_lossy())?;
        object.serialize_field("digest", &self.digest)?;
        object.serialize_field("publisher", &self.publisher)?;
        object.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_path_is_told_in_one_line() {
        let digest = format!("sha256:{}", "0123456789abcdef".repeat(4));
        let library = LibraryInfo { path: "ext/a\nKW0000.so".into(), digest, publisher: None };
        assert_eq!(library.to_string(), "ext/a\\nKW0000.so (sha256:0123456789ab…, not signed)");
    }
}
