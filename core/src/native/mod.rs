//! The native tier as a plugin's crate and an SDK see it: what it takes so that the same source can be linked or loaded.
//!
//! It is always compiled, because a plugin's crate does not know how a host will take it, and it is small.

mod erased;
mod known;

pub use erased::Erased;
pub(crate) use erased::Twin;
