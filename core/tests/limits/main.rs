//! What a plugin may have, and what the host knows of what it has.

#![expect(clippy::unwrap_used, reason = "the shared parts of these tests are tests too")]

mod allowance;
mod heap;

#[global_allocator]
static ALLOCATOR: keyway::host::TrackingAllocator = keyway::host::TrackingAllocator::system();
