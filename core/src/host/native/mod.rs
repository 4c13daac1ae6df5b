//! The host's side of plugins in libraries: what this program and a library call the same things, and the way between them.
//!
//! A library has its own copy of the standard library, of `keyway` and of the SDK, and so its own statics, thread-local variables and
//! `TypeId`s. After the gate has compared both, values cross under the name that the receiving image has for their type, and nothing
//! `'static` of the library is kept.

mod bridge;
mod known;
mod remote;
mod source;
#[cfg(test)]
mod tests;
mod translate;

pub use known::{KnownEvent, KnownPoint};
