//! A file of checksums as the program sha256sum writes it.

use std::collections::BTreeMap;

use keyway_manifest::shown_text;

use crate::file::{Digest, Reason, Refusal};

/// The digests of the files in one folder, from its `SHA256SUMS`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checksums(BTreeMap<String, Digest>);

impl Checksums {
    /// The name of the file.
    pub const FILE: &'static str = "SHA256SUMS";

    /// Reads what `sha256sum libplugin.so plugin.toml > SHA256SUMS` writes: in each line 64 lowercase digits, a space, a space or `*`, and a name
    /// in the same folder. A line that is anything else is an error, because a check that was meant and is not made is worse than none.
    ///
    /// # Errors
    /// KW0729 with the number of the first line that is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self, Refusal> {
        let malformed = |line: usize, what: &str| {
            let help = "write it anew in the folder of the plugin: `sha256sum *.so plugin.toml > SHA256SUMS`";
            Refusal::new(Reason::ChecksumsUnreadable, format!("line {line} of `{}` {what}", Self::FILE), help)
        };
        let text = std::str::from_utf8(bytes).map_err(|_| malformed(1, "or a later one is not UTF-8"))?;
        let mut digests = BTreeMap::new();
        for (number, line) in text.strip_suffix('\n').unwrap_or(text).split('\n').enumerate() {
            let number = number + 1;
            let parts = line.split_at_checked(64).and_then(|(digest, rest)| {
                let name = rest.strip_prefix("  ").or_else(|| rest.strip_prefix(" *"))?;
                Some((Digest::from_hex(digest)?, name))
            });
            let Some((digest, name)) = parts else {
                return Err(malformed(number, "is not 64 lowercase hexadecimal digits, two spaces and a name"));
            };
            if name.is_empty() || matches!(name, "." | "..") || name.contains(['/', '\\']) || name.chars().any(char::is_control) {
                return Err(malformed(number, "names no file of the same folder"));
            }
            if digests.insert(name.to_owned(), digest).is_some() {
                return Err(malformed(number, &format!("names `{}` for the second time", shown_text(name))));
            }
        }
        Ok(Self(digests))
    }

    /// The digest of a file of the folder.
    #[must_use]
    pub fn of(&self, name: &str) -> Option<Digest> {
        self.0.get(name).copied()
    }
}
