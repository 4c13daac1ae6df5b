//! Plugins as real libraries: built by Cargo, loaded by a host, called, and failing in every place where a plugin can.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod changing;
mod dependents;
mod faults;
mod folders;
mod library;
mod lock;
mod log;
mod memory;
mod reload;
mod sitemap;
mod verify;
mod watch;
mod without_a_runtime;

use keyway::host::TrackingAllocator;

#[global_allocator]
static ALLOCATOR: TrackingAllocator = TrackingAllocator::system();
