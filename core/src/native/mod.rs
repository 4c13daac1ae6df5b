//! The native tier as a plugin's crate and an SDK see it: what it takes so that the same source can be linked or loaded.
//!
//! It is always compiled, because a plugin's crate does not know how a host will take it, and it is small.

mod allocator;
mod build;
mod entry;
mod erased;
mod export;
mod hold;
mod known;
mod neutral;
mod own;

pub use allocator::HostAllocator;
pub use build::{BUILD, facts, state_facts};
pub use entry::Entry;
#[cfg(feature = "native")]
pub(crate) use entry::{Fault, Memory, SYMBOL};
pub(crate) use erased::Twin;
pub use erased::{Borrowed, Erased};
pub use hold::Hold;
#[cfg(all(feature = "native", feature = "linkme"))]
pub use known::{KNOWN_EVENTS, KNOWN_POINTS};
#[cfg(feature = "native")]
pub(crate) use known::{known_events, known_points};
pub use own::OWN;
