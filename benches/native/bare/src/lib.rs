//! The same calls without a framework: linked, and through libloading, which trusts that both sides were compiled alike.
#![expect(unsafe_code, reason = "a symbol without a mangled name is an unsafe attribute")]

use std::future::Future;
use std::pin::Pin;

use keyway_benches_sdk::digest;

/// What `async_trait` would write.
pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The trait one would write by hand.
pub trait ByHand: Send + Sync {
    /// Answers a number about the text.
    fn scan(&self, text: &str) -> u64;

    /// Answers the text once more.
    fn echo(&self, text: &str) -> String;

    /// Answers a number in a future.
    fn fetch<'a>(&'a self, text: &'a str) -> Boxed<'a, u64>;
}

struct Measured {
    salt: u64,
}

impl ByHand for Measured {
    fn scan(&self, text: &str) -> u64 {
        digest(self.salt, text)
    }

    fn echo(&self, text: &str) -> String {
        text.to_owned()
    }

    fn fetch<'a>(&'a self, text: &'a str) -> Boxed<'a, u64> {
        Box::pin(async move { digest(self.salt, text) })
    }
}

/// An object, linked or out of the library.
// SAFETY: no other symbol of the benches has this name.
#[unsafe(no_mangle)]
pub fn keyway_benches_bare_object() -> Box<dyn ByHand> {
    Box::new(Measured { salt: 7 })
}

/// A number about `len` bytes of text.
///
/// # Safety
/// `text` points to that many bytes of UTF-8.
// SAFETY: no other symbol of the benches has this name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn keyway_benches_bare_scan(salt: u64, text: *const u8, len: usize) -> u64 {
    // SAFETY: the caller promises both.
    digest(salt, unsafe { std::str::from_utf8_unchecked(std::slice::from_raw_parts(text, len)) })
}

/// The text once more.
// SAFETY: no other symbol of the benches has this name.
#[unsafe(no_mangle)]
pub fn keyway_benches_bare_echo(text: &str) -> String {
    text.to_owned()
}
