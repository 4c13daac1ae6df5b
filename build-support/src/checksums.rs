//! Keeps the `SHA256SUMS` of a folder, in the form in which the program sha256sum writes it and hosts read it.

use std::collections::BTreeMap;
use std::fmt::Write;

use sha2::{Digest, Sha256};

/// The name of the file.
pub(crate) const FILE: &str = "SHA256SUMS";

/// The text of the file once these files of its folder, each with its name and content, are as they are given.
///
/// Lines about other files stay, sorted by name. A line that is none is left out: a host takes no file that has one.
pub(crate) fn updated(before: &str, files: &[(String, Vec<u8>)]) -> String {
    let mut digests: BTreeMap<&str, String> = before.lines().filter_map(line).collect();
    for (name, content) in files {
        digests.insert(name, hex(content));
    }
    let mut text = String::new();
    for (name, digest) in digests {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{digest}  {name}");
    }
    text
}

/// The name and the digest in a line: 64 lowercase digits, a space, a space or `*`, and the name.
fn line(line: &str) -> Option<(&str, String)> {
    let (digest, rest) = line.split_at_checked(64)?;
    let name = rest.strip_prefix("  ").or_else(|| rest.strip_prefix(" *"))?;
    let is_digest = digest.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    (is_digest && !name.is_empty()).then(|| (name, digest.to_owned()))
}

fn hex(content: &[u8]) -> String {
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(content) {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of nothing and of `abc`, from FIPS 180.
    const NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn file(name: &str, content: &str) -> (String, Vec<u8>) {
        (name.to_owned(), content.into())
    }

    #[test]
    fn a_new_file_names_what_was_put_there() {
        let text = updated("", &[file("plugin.toml", "abc"), file("liba.so", "")]);
        assert_eq!(text, format!("{NOTHING}  liba.so\n{ABC}  plugin.toml\n"));
    }

    #[test]
    fn what_is_replaced_has_one_line_and_the_rest_stays() {
        let before = format!("{ABC} *notes.txt\n{ABC}  liba.so\nnot a line\n{}  upper.so\n", ABC.to_uppercase());
        let text = updated(&before, &[file("liba.so", "")]);
        assert_eq!(text, format!("{NOTHING}  liba.so\n{ABC}  notes.txt\n"));
        assert_eq!(updated(&text, &[file("liba.so", "")]), text, "nothing changes where nothing changed");
    }
}
