//! The lines of minisign's files.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::file::{Reason, Refusal};

/// What each file begins with; nobody signs the rest of that line.
pub(super) const UNTRUSTED: &str = "untrusted comment: ";
/// What stands before the text that is signed along.
pub(super) const TRUSTED: &str = "trusted comment: ";
/// Bytes of a trusted comment at most, as in minisign.
pub(super) const LONGEST_COMMENT: usize = 8191;

/// How the files of minisign say which algorithm a key is for.
pub(super) const ED25519: [u8; 2] = *b"Ed";

/// The lines of a file, which may end with CR LF, the last one also with nothing.
pub(super) fn lines(text: &str) -> Vec<&str> {
    text.strip_suffix('\n').unwrap_or(text).split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).collect()
}

/// Decodes base64 of just so many bytes. Each value has one spelling.
pub(super) fn decode<const N: usize>(line: &str) -> Option<[u8; N]> {
    // Longer lines are not looked at.
    if line.len() != N.div_ceil(3) * 4 {
        return None;
    }
    STANDARD.decode(line).ok()?.try_into().ok()
}

pub(super) fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The next bytes of a record of fixed length, which the caller knows to be long enough.
pub(super) fn part<const N: usize>(bytes: &[u8], from: usize) -> [u8; N] {
    std::array::from_fn(|index| bytes[from + index])
}

pub(super) fn unreadable(message: impl Into<String>, help: &str) -> Refusal {
    Refusal::new(Reason::KeyUnreadable, message, help)
}
