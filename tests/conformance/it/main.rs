//! What every tier does alike, and what keeps a library out of a program that it does not fit.

mod misfit;
mod suite;

use keyway::host::TrackingAllocator;

#[global_allocator]
static ALLOCATOR: TrackingAllocator = TrackingAllocator::system();
