//! What a tracking allocator costs: work that allocates a lot, with and without it, in one run.
#![expect(unsafe_code, reason = "an allocator that can be switched is what makes one run of both possible")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use keyway::host::TrackingAllocator;
use keyway_benches::meter::{Group, Meter, run};

/// Hands on to one of two allocators that are interchangeable, because the tracking one adds nothing to a block.
struct Switched;

static IS_TRACKING: AtomicBool = AtomicBool::new(false);
static TRACKING: TrackingAllocator = TrackingAllocator::system();

#[global_allocator]
static ALLOCATOR: Switched = Switched;

// SAFETY: every method hands its arguments on unchanged, in the end always to `System`.
unsafe impl GlobalAlloc for Switched {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller promises what both ask for.
        unsafe { if IS_TRACKING.load(Ordering::Relaxed) { TRACKING.alloc(layout) } else { System.alloc(layout) } }
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe {
            if IS_TRACKING.load(Ordering::Relaxed) { TRACKING.dealloc(block, layout) } else { System.dealloc(block, layout) }
        }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as above.
        unsafe {
            if IS_TRACKING.load(Ordering::Relaxed) {
                TRACKING.realloc(block, layout, size)
            } else {
                System.realloc(block, layout, size)
            }
        }
    }
}

fn main() -> ExitCode {
    run(&[
        Group { name: "tracking: words of a text counted in a map", add: words },
        Group { name: "tracking: 1,000 blocks of 64 bytes, allocated and freed", add: blocks },
    ])
}

fn with(tracking: bool, work: impl Fn() -> usize + 'static) -> impl FnMut() -> usize + 'static {
    move || {
        IS_TRACKING.store(tracking, Ordering::Relaxed);
        let answer = work();
        IS_TRACKING.store(false, Ordering::Relaxed);
        answer
    }
}

fn words(meter: &mut Meter<'_>) {
    let text: String = (0..2_000_u32).map(|number| format!("word{} ", number.wrapping_mul(2_654_435_761) % 700)).collect();
    let work = move || {
        let mut counts: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        text.split(' ').enumerate().for_each(|(at, word)| counts.entry(word.to_owned()).or_default().push(at));
        counts.len()
    };
    meter.subject("system allocator", with(false, work.clone()));
    meter.subject("tracking allocator", with(true, work));
}

fn blocks(meter: &mut Meter<'_>) {
    let work = || (0..1_000_usize).map(|number| Box::new([number; 8])).collect::<Vec<_>>().len();
    meter.subject("system allocator", with(false, work));
    meter.subject("tracking allocator", with(true, work));
}
