//! The same work done with what one would otherwise reach for.

pub mod lock_structs;
pub mod registry;
pub mod scan;
pub mod toposort;
