//! What generated code needs. Nothing here is part of the public interface.

#[cfg(not(feature = "linkme"))]
pub use inventory;
#[cfg(feature = "linkme")]
pub use linkme;

pub use keyway_manifest as manifest;

pub use crate::concrete::{Absent, Link, Ordered, Select, StartOrder};
#[cfg(feature = "host")]
pub use crate::concrete::{Extending, NotExtending};
pub use crate::context::Seed;
pub use crate::extension_point::{Carries, Shield};
pub use crate::guard::{Caught, OutcomeClosed, OutcomeOpen, Panicked, Slot, catch, caught};
pub use crate::permission::Declared;
pub use crate::plugin::{BoxFuture, Creation, Extension, ExtensionOf, Failure, Instance, Registration};
#[cfg(feature = "linkme")]
pub use crate::registration::REGISTERED;
pub use crate::registration::{Registered, census};
pub use crate::sdk::sdk_info;

/// Compares two texts inside rustc.
#[must_use]
pub const fn same_text(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    let mut index = 0;
    while index < left.len() && index < right.len() && left[index] == right[index] {
        index += 1;
    }
    index == left.len() && index == right.len()
}
