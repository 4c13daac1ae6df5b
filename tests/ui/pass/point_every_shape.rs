//! Everything that an extension point may contain, called through a plugin.

#![deny(warnings, missing_docs, missing_debug_implementations, unreachable_pub, unused_qualifications, rust_2018_idioms)]

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Debug;

use keyway::extension_point;

/// Why a call failed.
#[derive(Debug)]
pub struct Failed(String);

impl From<keyway::CallError> for Failed {
    fn from(error: keyway::CallError) -> Self {
        Self(error.to_string())
    }
}

impl std::fmt::Display for Failed {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A point whose errors go up.
#[extension_point(id = "test.closed", version = "1.2.3-rc.1+build", on_failure = "closed", deadline = "none")]
pub trait Closed: Debug + Send {
    /// Borrows its argument.
    async fn borrow(&self, text: &str, other: &mut Vec<&str>) -> Result<usize, Failed>;
    /// Lends out of the plugin while another argument is borrowed.
    async fn lend(&self, key: &str) -> Result<&str, Failed>;
    /// Lends without waiting.
    fn lend_now(&self, key: &str) -> Result<&str, Failed>;
    /// Takes what owns and what is a trait object.
    async fn own(&self, text: String, object: Box<dyn Debug + Send + '_>, call: fn(&str) -> usize) -> Result<(), Failed>;
    /// Has a body.
    async fn with_body(&self, mut count: u32) -> Result<u32, Failed> {
        count += 1;
        Ok(count)
    }
    /// Changes what it is lent.
    fn change(&self, text: &mut String) -> Result<(), Failed> {
        text.push('!');
        Ok(())
    }
}

/// A point whose failures are skipped.
#[extension_point(id = "test.open", version = "1.0.0", on_failure = "open", deadline = "1min")]
pub trait Open {
    /// Returns nothing.
    async fn nothing(&self);
    /// Is compiled out.
    #[cfg(any())]
    fn absent(&self) -> NoSuchType;
    /// Names no argument.
    fn unnamed(&self, _: u8, _: &str) -> bool {
        true
    }
    /// Is old.
    #[deprecated = "use `unnamed`"]
    fn old(&self) -> Option<String> {
        None
    }
    /// Returns what has a neutral value.
    fn neutral(&self) -> Result<BTreeMap<String, Vec<u8>>, Failed>;
    /// Lends text.
    fn text(&self) -> Cow<'_, str>;
}

fn main() {}
