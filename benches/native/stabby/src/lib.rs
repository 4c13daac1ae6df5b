//! The same calls through stabby, with its trait objects, texts and futures.

use keyway_benches_sdk::digest;
use stabby::boxed::Box;
use stabby::future::DynFuture;
use stabby::str::Str;
use stabby::string::String;

/// The trait, as stabby wants it.
#[stabby::stabby]
pub trait Object {
    /// Answers a number about the text.
    extern "C" fn scan<'a>(&'a self, text: Str<'a>) -> u64;

    /// Answers the text once more.
    extern "C" fn echo<'a>(&'a self, text: Str<'a>) -> String;

    /// Answers a number in a future.
    extern "C" fn fetch<'a>(&'a self, text: Str<'a>) -> DynFuture<'a, u64>;
}

/// The trait object.
pub type Boxed = stabby::dynptr!(Box<dyn Object + Send + Sync>);

struct Measured {
    salt: u64,
}

impl Object for Measured {
    extern "C" fn scan<'a>(&'a self, text: Str<'a>) -> u64 {
        digest(self.salt, text.as_str())
    }

    extern "C" fn echo<'a>(&'a self, text: Str<'a>) -> String {
        String::from(text.as_str())
    }

    extern "C" fn fetch<'a>(&'a self, text: Str<'a>) -> DynFuture<'a, u64> {
        Box::new(async move { digest(self.salt, text.as_str()) }).into()
    }
}

/// Makes the object.
#[stabby::export]
pub extern "C" fn keyway_benches_stabby_object() -> Boxed {
    Box::new(Measured { salt: 7 }).into()
}
