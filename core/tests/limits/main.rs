//! What a plugin may have, and what the host knows of what it has.

#![expect(clippy::unwrap_used, reason = "the shared parts of these tests are tests too")]

mod allowance;
mod arena;
mod excess;
mod heap;
mod pulse;
mod sorter;
mod task;

/// A data folder of a test, deleted at the end.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new() -> Self {
        use std::sync::atomic::{AtomicU32, Ordering};
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("keyway-limits-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        Self(std::env::temp_dir().join(name))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[global_allocator]
static ALLOCATOR: keyway::host::TrackingAllocator = keyway::host::TrackingAllocator::system();
