//! What the benches share: the harness, the plugins that are called, and the peers that do the same by hand.

pub mod fleet;
pub mod graph;
pub mod lock;
pub mod meter;
pub mod peer;
pub mod runtime;
pub mod scan;
pub mod start;
pub mod together;
pub mod work;
