//! The extension points that are called in a library: a number out, a text out, and a number in a future.

use keyway::{Error, extension_point};

keyway::sdk!();

/// Looks at a text; the synchronous point.
#[extension_point(id = "bench.look", version = "1.0.0", on_failure = "open")]
pub trait Look {
    /// Answers a number about the text.
    fn scan(&self, text: &str) -> u64;

    /// Answers the text once more.
    fn echo(&self, text: &str) -> String;
}

/// Looks at a text; the asynchronous point.
#[extension_point(id = "bench.await", version = "1.0.0", on_failure = "closed", deadline = "2s")]
pub trait Await {
    /// Answers a number about the text.
    ///
    /// # Errors
    /// When the host keeps the call back.
    async fn fetch(&self, text: &str) -> Result<u64, Error>;
}

/// Counts, and hands its count on to its successor.
#[extension_point(id = "bench.count", version = "1.0.0", on_failure = "open")]
pub trait Count {
    /// Answers how often it was called, in this instance and those before it.
    fn count(&self) -> u64;

    /// Answers which library it came from.
    fn release(&self) -> u32;

    /// Answers when the instance was made and when it was handed a state, in nanoseconds since 1970: `init`; the state saved and restored
    /// for the first time; `start`; the state saved and restored once more.
    fn moments(&self) -> Vec<u64>;
}

/// A few instructions on a short text: small enough that the call is what is measured.
#[inline]
#[must_use]
pub fn digest(salt: u64, text: &str) -> u64 {
    let first = text.as_bytes().first().copied().unwrap_or_default();
    (text.len() as u64).wrapping_mul(salt).rotate_left(1) ^ u64::from(first)
}
