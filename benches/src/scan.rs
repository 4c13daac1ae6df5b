//! Two extension points, one synchronous and one asynchronous, and eight plugins for them.

use std::fmt;

use keyway::{CallError, extension_point};

/// Looks at a text; the synchronous point.
#[extension_point(id = "bench.scan", version = "1.0.0", on_failure = "open")]
pub trait Scan {
    /// Answers a number about the text.
    fn scan(&self, text: &str) -> u64;
}

/// Looks at a text; the asynchronous point.
#[extension_point(id = "bench.fetch", version = "1.0.0", on_failure = "closed", deadline = "2s")]
pub trait Fetch {
    /// Answers a number about the text.
    async fn fetch(&self, text: &str) -> Result<u64, FetchError>;
}

/// What goes wrong at [`Fetch`].
#[derive(Debug)]
pub struct FetchError(CallError);

impl From<CallError> for FetchError {
    fn from(error: CallError) -> Self {
        Self(error)
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

macro_rules! plugins {
    ($($module:ident, $name:ident, $variant:literal, $manifest:literal;)*) => {
        $(
            /// A plugin of the benches.
            pub mod $module {
                use keyway::prelude::*;

                use super::{Fetch, FetchError, Scan};
                use crate::work::digest;

                /// A plugin of the benches.
                #[derive(Debug, Plugin)]
                #[plugin(provides(Scan, Fetch), manifest_text = $manifest)]
                pub struct $name {
                    salt: u64,
                }

                impl $name {
                    /// The plugin without a host, to be called directly.
                    #[must_use]
                    pub const fn new(salt: u64) -> Self {
                        Self { salt }
                    }
                }

                impl Lifecycle for $name {
                    type Config = ();

                    async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
                        Ok(Self::new($variant * 7 + 3))
                    }
                }

                impl Scan for $name {
                    fn scan(&self, text: &str) -> u64 {
                        digest::<$variant>(self.salt, text)
                    }
                }

                impl Fetch for $name {
                    async fn fetch(&self, text: &str) -> Result<u64, FetchError> {
                        Ok(digest::<$variant>(self.salt, text))
                    }
                }
            }
        )*
    };
}

plugins! {
    alpha, Alpha, 1, "manifest-version = 1\n[plugin]\nid = \"bench.alpha\"\nhost = \"*\"\n[order]\nafter = [\"bench.golf\"]";
    bravo, Bravo, 2, "manifest-version = 1\n[plugin]\nid = \"bench.bravo\"\nhost = \"*\"";
    charlie, Charlie, 3, "manifest-version = 1\n[plugin]\nid = \"bench.charlie\"\nhost = \"*\"";
    delta, Delta, 4, "manifest-version = 1\n[plugin]\nid = \"bench.delta\"\nhost = \"*\"";
    echo, Echo, 5, "manifest-version = 1\n[plugin]\nid = \"bench.echo\"\nhost = \"*\"\n[order]\nbefore = [\"bench.bravo\"]";
    foxtrot, Foxtrot, 6, "manifest-version = 1\n[plugin]\nid = \"bench.foxtrot\"\nhost = \"*\"";
    golf, Golf, 7, "manifest-version = 1\n[plugin]\nid = \"bench.golf\"\nhost = \"*\"";
    hotel, Hotel, 8, "manifest-version = 1\n[plugin]\nid = \"bench.hotel\"\nhost = \"*\"";
}
