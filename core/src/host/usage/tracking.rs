//! An allocator that knows which plugin allocated what.
#![expect(unsafe_code, reason = "`GlobalAlloc` is an unsafe trait; this file does no more than hand on to another allocator")]

use std::alloc::{GlobalAlloc, Layout, System};

use super::{samples, sampling};
use crate::guard::mark::current_plugin;

/// The global allocator of a program that wants to know how much memory each of its plugins holds.
///
/// ```
/// use keyway::host::TrackingAllocator;
///
/// #[global_allocator]
/// static ALLOCATOR: TrackingAllocator = TrackingAllocator::system();
/// # fn main() {}
/// ```
///
/// A block belongs to the plugin whose code ran on the thread when it was allocated, until it is freed, whoever frees it. The number is
/// an estimate: one allocation in about 128 KiB is looked at, and stands for the others. [`Heap::margin`](super::Heap::margin) says how
/// far it may be off. Blocks carry no header, and nothing else is written down, so it costs little: `docs/figures.md` has the measure.
///
/// Memory that a thread allocates which the plugin made itself belongs to nobody, as does what the operating system was asked for
/// directly.
#[derive(Debug, Clone, Copy, Default)]
pub struct TrackingAllocator<A = System>(A);

impl TrackingAllocator {
    /// Tracks the system's allocator.
    #[must_use]
    pub const fn system() -> Self {
        Self(System)
    }
}

impl<A> TrackingAllocator<A> {
    /// Tracks another allocator, which does the work.
    pub const fn new(allocator: A) -> Self {
        Self(allocator)
    }
}

#[inline]
fn count(block: *mut u8, size: usize) {
    if sampling::is_due(size) {
        samples::consider(block.addr(), size, current_plugin());
    }
}

// SAFETY: every method hands its arguments on unchanged to another `GlobalAlloc` and answers what that answered, so its promises hold
// here too. What is done besides reads the address of a block as a number, never the block, and does not unwind.
unsafe impl<A: GlobalAlloc> GlobalAlloc for TrackingAllocator<A> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller promises what the inner allocator asks for.
        let block = unsafe { self.0.alloc(layout) };
        count(block, layout.size());
        block
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as in `alloc`.
        let block = unsafe { self.0.alloc_zeroed(layout) };
        count(block, layout.size());
        block
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // Before the block is free: afterwards another thread may have its address.
        if samples::may_be_sample(block.addr()) {
            samples::take(block.addr());
        }
        // SAFETY: as in `alloc`; the block came from the inner allocator, because all blocks do.
        unsafe { self.0.dealloc(block, layout) }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let address = block.addr();
        let former = if samples::may_be_sample(address) { samples::take(address) } else { None };
        // SAFETY: as in `dealloc`.
        let moved = unsafe { self.0.realloc(block, layout, size) };
        if !moved.is_null() {
            count(moved, size);
        } else if let Some(sample) = former {
            // The block is still what it was.
            samples::keep(address, sample);
        }
        moved
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::PluginNumber;
    use crate::guard::mark::enter_plugin;

    #[test]
    fn blocks_belong_to_who_allocated_them_whoever_frees_them() {
        let (allocator, layout) = (TrackingAllocator::system(), Layout::from_size_align(1 << 20, 16).unwrap());
        let (first, second) = (PluginNumber::take(), PluginNumber::take());
        let estimate = |plugin: &PluginNumber| samples::estimate(plugin.get()).map_or(0, |estimate| estimate.bytes);
        let make = |plugin: &PluginNumber| {
            let _in_plugin = enter_plugin(plugin);
            // SAFETY: the layout is not empty.
            (0..20).map(|_| unsafe { allocator.alloc(layout) }).collect::<Vec<_>>()
        };
        let (firsts, seconds) = (make(&first), make(&second));
        // Of blocks of 1 MiB all but one in 3,000 are samples.
        assert!((15 << 20..=25 << 20).contains(&estimate(&first)), "{}", estimate(&first));
        assert!((15 << 20..=25 << 20).contains(&estimate(&second)));
        {
            let _in_plugin = enter_plugin(&second);
            for block in firsts {
                // SAFETY: it was allocated with this layout.
                let moved = unsafe { allocator.realloc(block, layout, 2 << 20) };
                let larger = Layout::from_size_align(2 << 20, 16).unwrap();
                // SAFETY: it has this layout now.
                unsafe { allocator.dealloc(moved, larger) };
            }
        }
        assert_eq!(estimate(&first), 0);
        // SAFETY: as above.
        seconds.into_iter().for_each(|block| unsafe { allocator.dealloc(block, layout) });
        assert_eq!(estimate(&second), 0);
    }
}
