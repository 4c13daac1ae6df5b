//! Public keys: what publishers give away, and what their signatures are verified with.

use std::fmt;
use std::io::Read;

use ed25519_dalek::VerifyingKey;

use super::signature::{Signature, content_hash};
use super::text::{ED25519, UNTRUSTED, decode, encode, lines, part, unreadable};
use crate::file::{Reason, Refusal};

/// The number of a key, which tells keys apart and proves nothing. Its `Display` form is that of minisign: 16 capital hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyId(pub(super) [u8; 8]);

impl KeyId {
    /// Reads the 16 digits, for example `939EAB780C57C3B3`; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.len() == 16 && text.bytes().all(|digit| digit.is_ascii_hexdigit());
        digits.then(|| u64::from_str_radix(text, 16).ok()).flatten().map(|number| Self(number.to_le_bytes()))
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:016X}", u64::from_le_bytes(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// A public key that is fit to verify with. Its `Display` form is the one line that `minisign -P` takes.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    id: KeyId,
    key: VerifyingKey,
}

impl PublicKey {
    /// Reads a public key: the file that minisign writes, or its second line alone.
    ///
    /// ```
    /// use keyway_native::PublicKey;
    ///
    /// let key = PublicKey::parse("RWSzw1cMeKuek0IqjSB9lqkjCr0PklppWUNPKCT7i5rRP16SgQQ2MXGB")?;
    /// assert_eq!(key.id().to_string(), "939EAB780C57C3B3");
    /// # Ok::<(), keyway_native::Refusal>(())
    /// ```
    ///
    /// # Errors
    /// KW0732 when it is no such key, KW0737 when it is one under which others than its owner could sign.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let malformed = || unreadable("a public key cannot be read", "give the text of a `.pub` file that `minisign -G` wrote");
        let line = match lines(text)[..] {
            [line] => line,
            [comment, line] if comment.starts_with(UNTRUSTED) => line,
            _ => return Err(malformed()),
        };
        let bytes: [u8; 42] = decode(line).ok_or_else(malformed)?;
        if part(&bytes, 0) != ED25519 {
            return Err(malformed());
        }
        Self::from_parts(KeyId(part(&bytes, 2)), &part(&bytes, 10))
    }

    pub(super) fn from_parts(id: KeyId, bytes: &[u8; 32]) -> Result<Self, Refusal> {
        let weak = |problem: &str| {
            let help = "remove it, and ask its owner for another key (`minisign -G`)";
            Refusal::new(Reason::KeyWeak, format!("the public key `{id}` {problem}"), help)
        };
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| weak("is not a point of the curve"))?;
        if key.is_weak() {
            return Err(weak("is of small order: anybody could sign under it"));
        }
        // No key pair has such a public key. What is left of doubt about who could sign goes with it.
        let point = key.to_edwards();
        if !point.is_torsion_free() {
            return Err(weak("is not in the prime-order group"));
        }
        if point.compress().to_bytes() != *bytes {
            return Err(weak("is written in a second way"));
        }
        Ok(Self { id, key })
    }

    /// Its number.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// The file that minisign would write.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!("{UNTRUSTED}minisign public key {}\n{self}\n", self.id)
    }

    /// Whether the key itself is the same, whatever its number.
    pub(crate) fn is_same_key(&self, other: &Self) -> bool {
        self.key == other.key
    }

    /// Verifies both parts of a signature over some content, so that its trusted comment may be believed.
    ///
    /// # Errors
    /// KW0733 when the signature is from another key, KW0734 when it does not fit the content or its trusted comment, KW0720 when the content cannot
    /// be read.
    pub fn verify(&self, content: &mut impl Read, signature: &Signature) -> Result<(), Refusal> {
        if signature.key_id() != self.id {
            let message = format!("the signature is from key `{}`, not from `{}`", signature.key_id(), self.id);
            return Err(Refusal::new(Reason::KeyNotTrusted, message, "verify with the key that signed"));
        }
        self.verify_hash(&content_hash(content)?, signature)
    }

    pub(crate) fn verify_hash(&self, hash: &[u8; 64], signature: &Signature) -> Result<(), Refusal> {
        let wrong = |what: &str| {
            let help = "take the file and its signature from the publisher again; one of them was changed";
            Refusal::new(Reason::SignatureWrong, format!("the signature by key `{}` does not fit {what}", self.id), help)
        };
        self.key.verify_strict(hash, &signature.over_content()).map_err(|_| wrong("the file"))?;
        self.key.verify_strict(&signature.signed_along(), &signature.over_comment()).map_err(|_| wrong("its trusted comment"))
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = ED25519.to_vec();
        bytes.extend(self.id.0);
        bytes.extend(self.key.as_bytes());
        formatter.write_str(&encode(&bytes))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PublicKey({self})")
    }
}
