//! Signatures as they lie beside what they are about, in `.minisig` files.

use std::fmt;
use std::io::Read;

use super::public_key::KeyId;
use super::text::{LONGEST_COMMENT, TRUSTED, UNTRUSTED, decode, encode, lines, part, unreadable};
use crate::file::{Reason, Refusal, blake2b};

/// How a signature says that it is over the hash of the file.
const PREHASHED: [u8; 2] = *b"ED";
/// How it says that it is over the file itself, as minisign made them until 2020.
const LEGACY: [u8; 2] = *b"Ed";

/// A signature as it was read: nothing in it is to be believed before [`PublicKey::verify`](super::PublicKey::verify). Its `Display` form is the
/// file that minisign would write.
#[derive(Clone, PartialEq, Eq)]
pub struct Signature {
    key: KeyId,
    content: [u8; 64],
    comment: String,
    along: [u8; 64],
}

impl Signature {
    pub(super) const fn new(key: KeyId, content: [u8; 64], comment: String, along: [u8; 64]) -> Self {
        Self { key, content, comment, along }
    }

    /// Reads a `.minisig` file.
    ///
    /// # Errors
    /// KW0732 when it is none, also for the older form (`minisign -l`).
    pub fn parse(bytes: &[u8]) -> Result<Self, Refusal> {
        let malformed = |what: &str| {
            unreadable(
                format!("a signature cannot be read: {what}"),
                "take the `.minisig` file from the publisher again, or sign anew",
            )
        };
        let text = std::str::from_utf8(bytes).map_err(|_| malformed("it is not UTF-8"))?;
        let [untrusted, content, trusted, along] = lines(text)[..] else {
            return Err(malformed("it does not have four lines"));
        };
        if !untrusted.starts_with(UNTRUSTED) {
            return Err(malformed("its first line does not begin with `untrusted comment: `"));
        }
        let content: [u8; 74] = decode(content).ok_or_else(|| malformed("its second line is not 74 bytes in base64"))?;
        match part(&content, 0) {
            PREHASHED => {}
            LEGACY => {
                let help = "sign anew without `-l`: `minisign -S -m <file>`";
                return Err(unreadable(
                    "a signature is in the older form of minisign, over the file and not over its hash",
                    help,
                ));
            }
            _ => return Err(malformed("it is of an unknown algorithm")),
        }
        let comment =
            trusted.strip_prefix(TRUSTED).ok_or_else(|| malformed("its third line does not begin with `trusted comment: `"))?;
        check_comment(comment).map_err(malformed)?;
        let along = decode(along).ok_or_else(|| malformed("its fourth line is not 64 bytes in base64"))?;
        Ok(Self { key: KeyId(part(&content, 2)), content: part(&content, 10), comment: comment.to_owned(), along })
    }

    /// The number of the key that it says it is from.
    #[must_use]
    pub const fn key_id(&self) -> KeyId {
        self.key
    }

    /// The text that is signed along with the content.
    #[must_use]
    pub fn trusted_comment(&self) -> &str {
        &self.comment
    }

    pub(super) fn over_content(&self) -> ed25519_dalek::Signature {
        ed25519_dalek::Signature::from_bytes(&self.content)
    }

    pub(super) fn over_comment(&self) -> ed25519_dalek::Signature {
        ed25519_dalek::Signature::from_bytes(&self.along)
    }

    /// What the second signature is over.
    pub(super) fn signed_along(&self) -> Vec<u8> {
        signed_along(&self.content, &self.comment)
    }
}

/// The first signature and the trusted comment.
pub(super) fn signed_along(content: &[u8; 64], comment: &str) -> Vec<u8> {
    [content.as_slice(), comment.as_bytes()].concat()
}

/// What is wrong with a trusted comment.
pub(super) fn check_comment(comment: &str) -> Result<(), &'static str> {
    if comment.len() > LONGEST_COMMENT {
        return Err("its trusted comment is longer than 8191 bytes");
    }
    // minisign's own comments have tabs.
    if comment.chars().any(|character| character.is_control() && character != '\t') {
        return Err("its trusted comment has control characters");
    }
    Ok(())
}

/// The hash that a signature is over.
pub(super) fn content_hash(content: &mut impl Read) -> Result<[u8; 64], Refusal> {
    blake2b(content).map_err(|problem| {
        let message = format!("what is signed cannot be read: {problem}");
        Refusal::new(Reason::Unreadable, message, "see to what the system says")
    })
}

impl fmt::Display for Signature {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let content = encode(&[PREHASHED.as_slice(), &self.key.0, &self.content].concat());
        writeln!(formatter, "{UNTRUSTED}signature from key {}", self.key)?;
        writeln!(formatter, "{content}\n{TRUSTED}{}\n{}", self.comment, encode(&self.along))
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Signature")
            .field("key", &self.key)
            .field("trusted_comment", &self.comment)
            .finish_non_exhaustive()
    }
}
