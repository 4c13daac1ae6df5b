//! What each plugin has in use, and how much it may have.
//!
//! A plugin has one [`Account`], over all its instances. Whatever gives out something that is limited (a file, a task, a stored row)
//! books it there first, and passes the refusal on to the plugin at that place.

mod account;
mod limits;
mod meter;
mod report;
mod samples;
mod sampling;
mod size;
mod tracking;

pub(super) use account::{Account, Booking};
pub(super) use limits::ResourceLimits;
pub use report::{Amount, Heap, Usage};
pub(super) use size::parse_size;
pub use tracking::TrackingAllocator;
