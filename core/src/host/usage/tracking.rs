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

impl<A: GlobalAlloc> TrackingAllocator<A> {
    /// Allocates a block that is due to be looked at.
    ///
    /// # Safety
    /// As for `GlobalAlloc::alloc`.
    #[cold]
    #[inline(never)]
    unsafe fn alloc_due(&self, layout: Layout, zeroed: bool) -> *mut u8 {
        // SAFETY: the caller promises what the inner allocator asks for.
        let block = unsafe { if zeroed { self.0.alloc_zeroed(layout) } else { self.0.alloc(layout) } };
        samples::consider(block.addr(), layout.size(), current_plugin());
        block
    }

    /// Changes the size of a block that may be a sample, or that is due to be looked at.
    ///
    /// # Safety
    /// As for `GlobalAlloc::realloc`.
    #[cold]
    #[inline(never)]
    unsafe fn realloc_looked_at(&self, block: *mut u8, layout: Layout, size: usize, is_due: bool) -> *mut u8 {
        let address = block.addr();
        // Before the block is free: afterwards another thread may have its address.
        let former = samples::take(address);
        // SAFETY: the caller promises what the inner allocator asks for; the block came from it, because all blocks do.
        let moved = unsafe { self.0.realloc(block, layout, size) };
        match former {
            // The block is still what it was.
            Some(sample) if moved.is_null() => samples::keep(address, sample),
            _ if is_due => samples::consider(moved.addr(), size, current_plugin()),
            _ => {}
        }
        moved
    }
}

// SAFETY: every method hands its arguments on unchanged to another `GlobalAlloc` and answers what that answered, so its promises hold
// here too. What is done besides reads the address of a block as a number, never the block, and does not unwind.
unsafe impl<A: GlobalAlloc> GlobalAlloc for TrackingAllocator<A> {
    // In the usual case each method ends in a call of the inner one, so that nothing has to be kept across it.

    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if sampling::is_due(layout.size()) {
            // SAFETY: the caller promises what is asked for, here and below.
            return unsafe { self.alloc_due(layout, false) };
        }
        // SAFETY: as above.
        unsafe { self.0.alloc(layout) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if sampling::is_due(layout.size()) {
            // SAFETY: as in `alloc`.
            return unsafe { self.alloc_due(layout, true) };
        }
        // SAFETY: as in `alloc`.
        unsafe { self.0.alloc_zeroed(layout) }
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
        let is_due = sampling::is_due(size);
        if is_due || samples::may_be_sample(block.addr()) {
            // SAFETY: as in `dealloc`.
            return unsafe { self.realloc_looked_at(block, layout, size, is_due) };
        }
        // SAFETY: as in `dealloc`.
        unsafe { self.0.realloc(block, layout, size) }
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
