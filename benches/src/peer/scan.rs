//! The calls written by hand: a trait, eight types, an enum over them, and async methods in boxes.

use std::future::Future;
use std::pin::Pin;

use crate::scan::FetchError;
use crate::work::digest;

/// What `async_trait` would write.
pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The trait one would write without a framework.
pub trait Scan: Send + Sync {
    /// Answers a number about the text.
    fn scan(&self, text: &str) -> u64;

    /// Answers the same as a boxed future.
    fn fetch<'a>(&'a self, text: &'a str) -> Boxed<'a, Result<u64, FetchError>>;
}

macro_rules! scanners {
    ($($name:ident, $variant:literal;)*) => {
        $(
            /// A type of its own.
            #[derive(Debug)]
            pub struct $name {
                salt: u64,
            }

            impl $name {
                /// Makes one.
                #[must_use]
                pub const fn new(salt: u64) -> Self {
                    Self { salt }
                }

                /// The same without a trait, as a call that is not inlined.
                #[inline(never)]
                #[must_use]
                pub fn scan_directly(&self, text: &str) -> u64 {
                    digest::<$variant>(self.salt, text)
                }

                /// The same as a future without a box.
                pub async fn fetch_directly(&self, text: &str) -> Result<u64, FetchError> {
                    Ok(digest::<$variant>(self.salt, text))
                }
            }

            impl Scan for $name {
                fn scan(&self, text: &str) -> u64 {
                    digest::<$variant>(self.salt, text)
                }

                fn fetch<'a>(&'a self, text: &'a str) -> Boxed<'a, Result<u64, FetchError>> {
                    Box::pin(async move { Ok(digest::<$variant>(self.salt, text)) })
                }
            }
        )*

        /// One of them, without a pointer.
        #[derive(Debug)]
        pub enum AnyScan {
            $(
                /// A type of its own.
                $name($name),
            )*
        }

        impl AnyScan {
            /// Calls the one it is.
            #[inline]
            #[must_use]
            pub fn scan(&self, text: &str) -> u64 {
                match self {
                    $(Self::$name(one) => one.scan(text),)*
                }
            }
        }

        /// All of them behind pointers.
        #[must_use]
        pub fn boxes() -> Vec<Box<dyn Scan>> {
            vec![$(Box::new($name::new($variant * 7 + 3))),*]
        }

        /// All of them by value.
        #[must_use]
        pub fn enums() -> Vec<AnyScan> {
            vec![$(AnyScan::$name($name::new($variant * 7 + 3))),*]
        }
    };
}

scanners! {
    Alpha, 1;
    Bravo, 2;
    Charlie, 3;
    Delta, 4;
    Echo, 5;
    Foxtrot, 6;
    Golf, 7;
    Hotel, 8;
}
