//! A thousand libraries, loaded, used and retired: what answers is what was sealed, and nothing is lost but what is kept.
//!
//! A program of its own with a single test, as it measures the memory and the descriptors of the process.
#![cfg(target_os = "linux")]
#![expect(clippy::print_stdout, reason = "shows the figures that it measures")]

#[path = "../fixture/mod.rs"]
mod fixture;

use std::num::NonZero;

use keyway_native::image::Pin;
use keyway_native::retire::{Generations, Remains, Unloading};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use fixture::{GOOD, THREAD_LOCAL, call, compiled, descriptors, numbered, sealed};

const CYCLES: u32 = 1_000;
/// The linker and the allocator keep a little of what they needed once.
const WARM_UP: u32 = 100;
const ALLOWED: usize = 64 << 10;

#[test]
fn a_thousand_libraries() {
    // Each image that is kept has a descriptor.
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).expect("up to the hard limit");
    well_behaved();
    pinning();
}

/// Each is unmapped when it is retired, so neither memory nor descriptors grow.
fn well_behaved() {
    let library = compiled(GOOD, &[]);
    let generations = Generations::new(NonZero::<usize>::MIN, Unloading::Try);
    let mut before = (0, 0);
    for cycle in 0..WARM_UP + CYCLES {
        if cycle == WARM_UP {
            before = (resident(), descriptors());
        }
        let generation = generations.open("test.good", sealed(&numbered(&library, cycle))).expect("a good library");
        assert_eq!(generation.number(), u64::from(cycle) + 1);
        assert_eq!(call(generation.image(), c"number"), u64::from(cycle), "another library answers than the one that was sealed");
        assert_eq!(call(generation.image(), c"work"), 190);
        let retired = generations.retire(generation);
        assert!(matches!(retired.remains, Remains::Unmapped), "cycle {cycle}: {retired}");
        assert!(retired.warnings().is_empty(), "{:?}", retired.warnings());
    }
    assert_eq!(descriptors(), before.1);
    let grown = resident().saturating_sub(before.0);
    println!("{CYCLES} well-behaved libraries: {} KiB more", grown >> 10);
    assert!(grown < ALLOWED, "{grown} bytes more after {CYCLES} libraries that were unmapped");
}

/// Each stays in memory, as this thread has a value of its thread-local variable: memory grows by just these images, and descriptors by one for
/// each.
fn pinning() {
    let library = compiled(THREAD_LOCAL, &[]);
    let never = Generations::new(NonZero::<usize>::MAX, Unloading::Never);
    let tries = Generations::new(NonZero::<usize>::MAX, Unloading::Try);
    let mut before = (0, 0);
    let mut kept = 0;
    for cycle in 0..WARM_UP + CYCLES {
        if cycle == WARM_UP {
            before = (resident(), descriptors());
        }
        let number = 100_000 + cycle;
        // Trying to unmap looks at everything that is mapped: each tenth will do.
        let is_tried = cycle.is_multiple_of(10);
        let generations = if is_tried { &tries } else { &never };
        let generation = generations.open("test.pinning", sealed(&numbered(&library, number))).expect("a library");
        assert_eq!(
            call(generation.image(), c"number"),
            u64::from(number),
            "another library answers than the one that was sealed"
        );
        assert_eq!(call(generation.image(), c"touch"), 7);
        if cycle >= WARM_UP {
            // What the linker maps, and the sealed copy that it maps it from.
            let mapped = generation.image().segments().iter().map(|segment| segment.addresses.len()).sum::<usize>();
            kept += mapped.max(library.len());
        }
        let retired = generations.retire(generation);
        let as_expected = match &retired.remains {
            Remains::Mapped => !is_tried,
            Remains::Pinned(pin) => is_tried && matches!(pin, Pin::ThreadDestructors),
            Remains::Unmapped => false,
        };
        assert!(as_expected, "cycle {cycle}: {retired}");
    }
    assert_eq!(descriptors(), before.1 + CYCLES as usize);
    let grown = resident().saturating_sub(before.0);
    println!("{CYCLES} pinning libraries: {} KiB more, of at most {} KiB that they have", grown >> 10, kept >> 10);
    assert!(grown < ALLOWED + kept, "{grown} bytes more after {CYCLES} libraries of {kept} bytes together");
    // Each of them is still there under its own content.
    for cycle in (0..CYCLES).step_by(97) {
        let generation = never.open("test.pinning", sealed(&numbered(&library, 100_000 + cycle))).expect("it is in memory");
        assert_eq!(call(generation.image(), c"number"), u64::from(100_000 + cycle));
    }
    assert_eq!(descriptors(), before.1 + CYCLES as usize);
}

/// How many bytes of memory this process has.
fn resident() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").expect("/proc/self/statm");
    let pages: usize = pages.split(' ').nth(1).and_then(|pages| pages.parse().ok()).expect("a number of pages");
    pages * rustix::param::page_size()
}
