//! Digests with their scheme in front: `sha256:` and 64 hexadecimal digits.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

/// A digest with its scheme in front, for example `sha256:9f86d0…`.
///
/// A scheme that this version does not know is kept as it is written and counts for nothing, so that a later version may add one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Digest {
    text: String,
}

/// What is wrong with the text of a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DigestProblem {
    /// There is no scheme in front, or it is not of lowercase letters, digits and `-`.
    NoScheme,
    /// Behind `sha256:` do not stand 64 hexadecimal digits in small letters.
    NotSha256,
    /// Behind an unknown scheme stand no, too many or other than printable ASCII characters.
    BadValue,
}

const SHA256: &str = "sha256";
/// Characters that a digest of an unknown scheme may have.
const LONGEST: usize = 256;

impl Digest {
    /// The SHA-256 of some bytes.
    #[must_use]
    pub fn sha256(bytes: &[u8]) -> Self {
        let mut text = format!("{SHA256}:");
        for byte in Sha256::digest(bytes) {
            text.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or_default());
            text.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or_default());
        }
        Self { text }
    }

    /// The digest of a plugin's manifest: the SHA-256 of its text with `\n` for every line end, so that a checkout which writes other line
    /// ends has the same.
    #[must_use]
    pub fn of_manifest(text: &str) -> Self {
        Self::sha256(text.replace("\r\n", "\n").as_bytes())
    }

    /// The digest as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether this version can compare it.
    #[must_use]
    pub fn is_sha256(&self) -> bool {
        self.text.split_once(':').is_some_and(|(scheme, _)| scheme == SHA256)
    }
}

impl FromStr for Digest {
    type Err = DigestProblem;

    fn from_str(text: &str) -> Result<Self, DigestProblem> {
        let (scheme, value) = text.split_once(':').ok_or(DigestProblem::NoScheme)?;
        let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if !scheme.starts_with(|c: char| c.is_ascii_lowercase()) || !scheme.chars().all(is_word) {
            return Err(DigestProblem::NoScheme);
        }
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if scheme == SHA256 && !(value.len() == 64 && value.bytes().all(is_digit)) {
            return Err(DigestProblem::NotSha256);
        }
        if value.is_empty() || text.len() > LONGEST || !value.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(DigestProblem::BadValue);
        }
        Ok(Self { text: text.to_owned() })
    }
}

impl Display for Digest {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl Display for DigestProblem {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::NoScheme => "has no scheme such as `sha256:` in front",
            Self::NotSha256 => "does not have 64 hexadecimal digits in small letters behind `sha256:`",
            Self::BadValue => "is empty, longer than 256 characters, or has characters other than printable ASCII",
        })
    }
}

impl std::error::Error for DigestProblem {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_that_of_the_standard() {
        let empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(Digest::sha256(b"").as_str(), empty);
        assert_eq!(empty.parse(), Ok(Digest::sha256(b"")));
        assert_eq!(Digest::of_manifest("a = 1\r\nb = 2\r\n"), Digest::sha256(b"a = 1\nb = 2\n"));
    }

    #[test]
    fn unknown_schemes_are_kept_and_malformed_texts_are_not() {
        let later: Digest = "blake3-256:AbC/+=".parse().unwrap();
        assert!(!later.is_sha256() && later.as_str() == "blake3-256:AbC/+=");
        let capitals = Digest::sha256(b"").as_str().replace("e3b0", "E3B0");
        for (text, problem) in [
            ("e3b0c4", DigestProblem::NoScheme),
            ("SHA256:00", DigestProblem::NoScheme),
            (":00", DigestProblem::NoScheme),
            ("sha256:00", DigestProblem::NotSha256),
            (&capitals, DigestProblem::NotSha256),
            ("blake3:", DigestProblem::BadValue),
            ("blake3:a b", DigestProblem::BadValue),
            (&format!("blake3:{}", "a".repeat(250)), DigestProblem::BadValue),
        ] {
            assert_eq!(text.parse::<Digest>(), Err(problem), "{text}");
        }
    }
}
