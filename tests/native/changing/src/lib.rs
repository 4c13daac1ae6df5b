//! A plugin in two versions: the first counts, the second counts on, has another form of its state, and extends another point besides.

#[cfg(not(feature = "two"))]
mod one;
#[cfg(feature = "two")]
mod two;

#[cfg(not(feature = "two"))]
pub use one::Changing;
#[cfg(feature = "two")]
pub use two::Changing;
