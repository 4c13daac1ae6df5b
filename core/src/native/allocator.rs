//! One allocator for the host and its libraries: that of the host.
//!
//! Boxes, texts and lists cross the boundary in both directions and are freed on the other side, so all memory must come from one
//! allocator. A library's global allocator is [`HostAllocator`], which calls the host's through a [`HostTable`]. Thereby the
//! memory of a loaded plugin is booked as that of a linked one.
//!
//! What runs before the library has the table, its constructors, is given memory from a small [`Arena`] of the library's own.
#![allow(unsafe_code, reason = "`GlobalAlloc` is an unsafe trait, and the functions of the host are reached through pointers")]

use std::alloc::{GlobalAlloc, Layout};
use std::cell::UnsafeCell;
use std::fmt;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

/// The functions of a host that its libraries call from the beginning. It has the C ABI, and fields are only ever added at its end.
#[repr(C)]
pub(super) struct HostTable {
    /// Bytes of the table, by which a library sees which fields there are.
    size: usize,
    alloc: unsafe extern "C" fn(size: usize, align: usize) -> *mut u8,
    alloc_zeroed: unsafe extern "C" fn(size: usize, align: usize) -> *mut u8,
    dealloc: unsafe extern "C" fn(block: *mut u8, size: usize, align: usize),
    realloc: unsafe extern "C" fn(block: *mut u8, size: usize, align: usize, new_size: usize) -> *mut u8,
}

/// The table of this program.
#[cfg(any(feature = "native", test))]
pub(crate) static HOST_TABLE: HostTable = HostTable {
    size: size_of::<HostTable>(),
    alloc: host::alloc,
    alloc_zeroed: host::alloc_zeroed,
    dealloc: host::dealloc,
    realloc: host::realloc,
};

impl fmt::Debug for HostTable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("HostTable").field("size", &self.size).finish_non_exhaustive()
    }
}

/// What a host's table points to: its own global allocator, whichever that is.
#[cfg(any(feature = "native", test))]
mod host {
    use std::alloc::{self, Layout};

    /// # Safety
    /// `align` is a power of two, and `size` rounded up to it is no more than `isize::MAX`.
    unsafe fn layout(size: usize, align: usize) -> Layout {
        // SAFETY: the caller's promise is that of this function. Both come out of a `Layout` on the other side.
        unsafe { Layout::from_size_align_unchecked(size, align) }
    }

    pub(super) unsafe extern "C" fn alloc(size: usize, align: usize) -> *mut u8 {
        // SAFETY: a library hands on what its own `GlobalAlloc::alloc` was promised, here and below.
        unsafe { alloc::alloc(layout(size, align)) }
    }

    pub(super) unsafe extern "C" fn alloc_zeroed(size: usize, align: usize) -> *mut u8 {
        // SAFETY: as in `alloc`.
        unsafe { alloc::alloc_zeroed(layout(size, align)) }
    }

    pub(super) unsafe extern "C" fn dealloc(block: *mut u8, size: usize, align: usize) {
        // SAFETY: as in `alloc`; the block came from here, because a library keeps those of its arena to itself.
        unsafe { alloc::dealloc(block, layout(size, align)) }
    }

    pub(super) unsafe extern "C" fn realloc(block: *mut u8, size: usize, align: usize, new_size: usize) -> *mut u8 {
        // SAFETY: as in `dealloc`.
        unsafe { alloc::realloc(block, layout(size, align), new_size) }
    }
}

/// Why a library did not take a host's table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotTaken {
    /// The table lacks functions that the library calls.
    TooShort,
    /// It has another host's.
    Other,
}

/// Where a library's allocator finds its host.
struct Forward {
    table: AtomicPtr<HostTable>,
    arena: Arena,
}

/// That of the library into which this is compiled. In a host's own program nothing uses it.
static FORWARD: Forward = Forward::new();

impl Forward {
    const fn new() -> Self {
        Self { table: AtomicPtr::new(ptr::null_mut()), arena: Arena::new() }
    }

    fn take(&self, table: &'static HostTable) -> Result<(), NotTaken> {
        if table.size < size_of::<HostTable>() {
            return Err(NotTaken::TooShort);
        }
        let table = ptr::from_ref(table).cast_mut();
        match self.table.compare_exchange(ptr::null_mut(), table, Ordering::Release, Ordering::Relaxed) {
            Ok(_) => Ok(()),
            Err(taken) if taken == table => Ok(()),
            Err(_) => Err(NotTaken::Other),
        }
    }

    #[inline]
    fn table(&self) -> Option<&'static HostTable> {
        // SAFETY: only `take` writes the pointer, and what it writes is a reference that lives for ever.
        unsafe { self.table.load(Ordering::Acquire).as_ref() }
    }
}

/// Has the library's allocator call the host's from now on. It may be told the same again.
///
/// # Errors
/// When the table is too short, or another one was taken before.
pub(crate) fn take(table: &'static HostTable) -> Result<(), NotTaken> {
    FORWARD.take(table)
}

/// The global allocator of a plugin that is built as a library; `#[derive(Plugin)]` sets it.
#[derive(Debug, Clone, Copy)]
pub struct HostAllocator;

// SAFETY: see the implementation for `Forward`, to which every method hands on what it was given.
unsafe impl GlobalAlloc for HostAllocator {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller promises what is asked for, here and below.
        unsafe { FORWARD.alloc(layout) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as in `alloc`.
        unsafe { FORWARD.alloc_zeroed(layout) }
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as in `alloc`.
        unsafe { FORWARD.dealloc(block, layout) }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: as in `alloc`.
        unsafe { FORWARD.realloc(block, layout, new_size) }
    }
}

// SAFETY: a block comes either from the arena, which gives every byte out once and never takes one back, or from the host's allocator,
// whose functions are called with what the caller promised; by its address it is told which, and goes back to where it came from.
unsafe impl GlobalAlloc for Forward {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        match self.table() {
            // SAFETY: the caller promises a layout of at least one byte, which is what the host's allocator asks for.
            Some(table) => unsafe { (table.alloc)(layout.size(), layout.align()) },
            None => self.arena.take(layout),
        }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        match self.table() {
            // SAFETY: as in `alloc`.
            Some(table) => unsafe { (table.alloc_zeroed)(layout.size(), layout.align()) },
            // It begins as zeros, and nothing is given out twice.
            None => self.arena.take(layout),
        }
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // What the arena gave stays taken.
        if !self.arena.has(block)
            && let Some(table) = self.table()
        {
            // SAFETY: all that is not of the arena came from the host's allocator, with this layout.
            unsafe { (table.dealloc)(block, layout.size(), layout.align()) }
        }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        match self.table() {
            // SAFETY: the block came from the host's allocator with this layout, and the caller promises the rest.
            Some(table) if !self.arena.has(block) => unsafe { (table.realloc)(block, layout.size(), layout.align(), new_size) },
            _ => {
                // SAFETY: the caller promises that `new_size` fits a layout of this alignment and is at least 1.
                let moved = unsafe { self.alloc(Layout::from_size_align_unchecked(new_size, layout.align())) };
                if let Some(moved) = NonNull::new(moved) {
                    // SAFETY: both blocks are valid for so many bytes, and the new one was free until now.
                    unsafe { ptr::copy_nonoverlapping(block, moved.as_ptr(), layout.size().min(new_size)) };
                }
                moved
            }
        }
    }
}

/// Memory for what runs before a library has its host's table. It costs nothing until it is written to.
const ARENA: usize = 256 * 1024;

/// Gives memory out, and never takes it back.
#[repr(align(16))]
struct Arena {
    bytes: UnsafeCell<[u8; ARENA]>,
    taken: AtomicUsize,
}

// SAFETY: the bytes are only reached through the blocks that `take` gives out, each to one caller.
unsafe impl Sync for Arena {}

impl Arena {
    const fn new() -> Self {
        Self { bytes: UnsafeCell::new([0; ARENA]), taken: AtomicUsize::new(0) }
    }

    fn start(&self) -> *mut u8 {
        self.bytes.get().cast()
    }

    /// A block that nobody else has; null when there is no room.
    fn take(&self, layout: Layout) -> *mut u8 {
        let start = self.start();
        let end_of = |from: usize| from.checked_add(layout.size()).filter(|end| *end <= ARENA);
        let place = |taken: usize| (start.addr() + taken).next_multiple_of(layout.align()) - start.addr();
        match self.taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |taken| end_of(place(taken))) {
            // SAFETY: `end_of` was asked about this very place, so the block lies within the arena.
            Ok(taken) => unsafe { start.add(place(taken)) },
            Err(_) => ptr::null_mut(),
        }
    }

    /// Whether it gave a block out.
    #[inline]
    fn has(&self, block: *mut u8) -> bool {
        block.addr().wrapping_sub(self.start().addr()) < ARENA
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(size: usize, align: usize) -> Layout {
        Layout::from_size_align(size, align).unwrap()
    }

    fn boxed() -> Box<Forward> {
        Box::new(Forward::new())
    }

    #[test]
    fn blocks_of_the_arena_are_aligned_zeroed_and_apart() {
        let forward = boxed();
        let mut end_of_last = 0;
        for (size, align) in [(1, 1), (24, 8), (3, 64), (4096, 4096), (1, 2), (100, 16)] {
            // SAFETY: the layout has at least one byte.
            let block = unsafe { forward.alloc_zeroed(layout(size, align)) };
            assert!(forward.arena.has(block) && block.addr().is_multiple_of(align) && block.addr() >= end_of_last);
            // SAFETY: the block was given out with this size.
            let bytes = unsafe { std::slice::from_raw_parts_mut(block, size) };
            assert!(bytes.iter().all(|byte| *byte == 0));
            bytes.fill(0xff);
            end_of_last = block.addr() + size;
        }
    }

    #[test]
    fn an_arena_without_room_gives_nothing() {
        let forward = boxed();
        // SAFETY: the layouts have at least one byte.
        unsafe {
            assert!(forward.alloc(layout(ARENA + 1, 1)).is_null());
            assert!(forward.alloc(layout(usize::MAX >> 1, 1)).is_null());
            assert!(!forward.alloc(layout(ARENA, 1)).is_null());
            assert!(forward.alloc(layout(1, 1)).is_null());
        }
    }

    #[test]
    fn blocks_from_before_the_table_grow_and_go_after_it() {
        let forward = boxed();
        // SAFETY: each block is used with the layout that it has at that moment, and not after it was freed or moved.
        unsafe {
            let early = forward.alloc(layout(8, 8));
            early.write_bytes(7, 8);
            let early = forward.realloc(early, layout(8, 8), 16);
            assert!(forward.arena.has(early));
            forward.take(&HOST_TABLE).unwrap();
            let late = forward.realloc(early, layout(16, 8), 32);
            assert!(!forward.arena.has(late));
            assert_eq!(std::slice::from_raw_parts(late, 8), [7; 8]);
            // The arena's block stays as it was; freeing it is no harm.
            forward.dealloc(early, layout(16, 8));
            let late = forward.realloc(late, layout(32, 8), 64);
            assert_eq!(std::slice::from_raw_parts(late, 8), [7; 8]);
            forward.dealloc(late, layout(64, 8));
        }
    }

    #[test]
    fn a_table_is_taken_once_and_must_be_whole() {
        static OTHER: HostTable = HostTable { ..table(size_of::<HostTable>()) };
        static SHORT: HostTable = table(8);
        const fn table(size: usize) -> HostTable {
            HostTable {
                size,
                alloc: host::alloc,
                alloc_zeroed: host::alloc_zeroed,
                dealloc: host::dealloc,
                realloc: host::realloc,
            }
        }
        let forward = boxed();
        assert_eq!(forward.take(&SHORT), Err(NotTaken::TooShort));
        assert_eq!(forward.take(&HOST_TABLE), Ok(()));
        assert_eq!(forward.take(&HOST_TABLE), Ok(()));
        assert_eq!(forward.take(&OTHER), Err(NotTaken::Other));
    }
}
