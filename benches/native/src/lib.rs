//! What the benches of the native tier share: libraries that are built, hosts that load them, and the steps of loading.

pub mod built;
pub mod by_hand;
pub mod fresh;
pub mod hosts;
pub mod steps;
pub mod table;
