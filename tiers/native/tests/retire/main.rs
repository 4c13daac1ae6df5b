//! What stays in memory when a library is taken out of service, and what is told of it.
//!
//! A program of its own: a test that keeps a processor busy would be a thread that cannot be looked at.
#![cfg(target_os = "linux")]

#[path = "../fixture/mod.rs"]
mod fixture;

use std::num::NonZero;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use keyway_native::image::{Callback, Image, Pin, Presence, Unloaded};
use keyway_native::retire::{DEFAULT_CAP, Generations, Remains, Unloading};

use fixture::{COMMON, GOOD, THREAD, THREAD_LOCAL, call, compiled, numbered, sealed, until};

/// Keeps the other tests waiting, as their threads would be looked at as well.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs on a thread that has ended when this returns, so that nothing of its stack is in the way.
fn elsewhere<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| scope.spawn(work).join()).expect("no panic")
}

#[test]
fn an_image_that_nobody_uses_is_unmapped() {
    let _alone = alone();
    let image = Image::open(sealed(&numbered(&compiled(GOOD, &[]), 40))).expect("a good library");
    assert_eq!(elsewhere(|| call(&image, c"work")), 190);
    let (digest, unloaded) = (image.digest(), Image::unload(image));
    assert!(matches!(unloaded, Unloaded::Unmapped), "{unloaded}");
    assert!(!Image::in_memory().contains(&digest));
    let again = Image::open(sealed(&numbered(&compiled(GOOD, &[]), 40))).expect("the same content again");
    assert_eq!(call(&again, c"number"), 40);
}

#[test]
fn an_image_that_somebody_holds_stays() {
    let _alone = alone();
    let image = Image::open(sealed(&numbered(&compiled(GOOD, &[]), 41))).expect("a good library");
    let held = Arc::clone(&image);
    let unloaded = Image::unload(image);
    assert!(matches!(unloaded, Unloaded::Pinned(Pin::Held { handles: 1 })), "{unloaded}");
    assert_eq!(unloaded.to_string(), "pinned: something of it is still in use");
    assert_eq!(call(&held, c"number"), 41);
}

#[test]
fn a_thread_local_value_pins_an_image_until_its_thread_ends() {
    let _alone = alone();
    let image = Image::open(sealed(&numbered(&compiled(THREAD_LOCAL, &[]), 42))).expect("a library");
    let digest = image.digest();
    let (touched, wait) = std::sync::mpsc::channel();
    let (end, ended) = std::sync::mpsc::channel::<()>();
    let thread = std::thread::spawn({
        let image = Arc::clone(&image);
        move || {
            touched.send(call(&image, c"touch")).expect("the test waits");
            drop(image);
            // Clears what the call has left on the stack.
            std::hint::black_box([0_u8; 64 << 10]);
            let _ = ended.recv();
        }
    });
    assert_eq!(wait.recv(), Ok(7));
    until("the handle of the other thread is dropped", || Arc::strong_count(&image) == 2);
    // The traces of the call on the other stack may be there still: then it is not even tried.
    let unloaded = Image::unload(image);
    assert!(matches!(unloaded, Unloaded::Pinned(Pin::ThreadDestructors | Pin::Threads(_))), "{unloaded}");
    assert!(Image::in_memory().contains(&digest));
    drop(end);
    thread.join().expect("no panic");
    let again = Image::open(sealed(&numbered(&compiled(THREAD_LOCAL, &[]), 42))).expect("it is still there");
    let unloaded = Image::unload(again);
    assert!(matches!(unloaded, Unloaded::Unmapped), "{unloaded}");
}

#[test]
fn a_thread_that_was_left_behind_is_told_by_name() {
    let _alone = alone();
    let generations = Generations::new(DEFAULT_CAP, Unloading::Try);
    let generation = generations.open("test.thread", sealed(&numbered(&compiled(THREAD, &[]), 43))).expect("a library");
    let image = Arc::clone(generation.image());
    assert_eq!(elsewhere(|| call(&image, c"begin")), 1);
    until("the thread runs", || call(&image, c"running") == 1);
    drop(image);
    let digest = generation.image().digest();
    let retired = generations.retire(generation);
    let threads = retired.threads.as_ref().expect("/proc/self");
    let begun: Vec<_> = threads.begun().collect();
    assert_eq!(begun.iter().map(|thread| thread.name.as_str()).collect::<Vec<_>>(), ["left-behind"], "{threads:?}");
    assert_eq!(begun[0].presence, Presence::Begun);
    assert!(matches!(retired.remains, Remains::Pinned(Pin::Threads(_))), "{retired}");
    let id = begun[0].id;
    let warnings = retired.warnings();
    assert_eq!(
        warnings[0],
        format!(
            "KW0751 generation 1 of plugin `test.thread` has left 1 thread behind, which runs its code still: `left-behind` ({id})\n  help: end threads in \
             `stop`, or give the work to `ctx.tasks()`, which the host ends"
        )
    );
    assert!(
        warnings[1].starts_with(
            "KW0752 generation 1 of plugin `test.thread` was to be unmapped and stays in memory: a thread that it began runs still: `left-behind` ("
        ),
        "{}",
        warnings[1]
    );
    // Its code is there for it, so it can be asked to end. What the standard library has registered for the ends of threads stays.
    let again = Image::open(sealed(&numbered(&compiled(THREAD, &[]), 43))).expect("the same image");
    assert_eq!(again.digest(), digest);
    elsewhere(|| call(&again, c"end"));
    until("the thread ends", || again.threads().is_ok_and(|threads| threads.begun().count() == 0));
    let unloaded = Image::unload(again);
    assert!(matches!(unloaded, Unloaded::Pinned(Pin::Callback(Callback::Variable))), "{unloaded}");
}

#[test]
fn a_call_that_runs_still_is_seen() {
    let _alone = alone();
    let image = Image::open(sealed(&numbered(&compiled(THREAD, &[]), 44))).expect("a library");
    let address = image.address(c"wait").expect("it offers that").as_ptr().expose_provenance();
    let caller = std::thread::spawn(move || {
        // No handle of the image is held: only the stack tells.
        // SAFETY: the function has this type, and the image is not unloaded while it runs.
        #[expect(unsafe_code, reason = "calls what was loaded")]
        let wait =
            unsafe { std::mem::transmute::<*const (), extern "C" fn() -> u64>(std::ptr::with_exposed_provenance(address)) };
        wait()
    });
    until("the call runs", || call(&image, c"running") == 1);
    let Unloaded::Pinned(Pin::Threads(threads)) = Image::unload(image) else { panic!("a call runs in it") };
    assert!(threads.found.iter().any(|thread| thread.presence == Presence::Called), "{threads:?}");
    assert_eq!(threads.begun().count(), 0);
    let again = Image::open(sealed(&numbered(&compiled(THREAD, &[]), 44))).expect("the same image");
    call(&again, c"end");
    assert_eq!(caller.join().expect("no panic"), 1);
}

#[test]
fn a_plugin_is_not_replaced_more_often_than_its_cap_allows() {
    let _alone = alone();
    let library = compiled(GOOD, &[]);
    let generations = Generations::new(NonZero::new(3).expect("not zero"), Unloading::Never);
    for round in 0..3 {
        let generation = generations.open("test.capped", sealed(&numbered(&library, 50 + round))).expect("below the cap");
        assert_eq!(generation.number(), u64::from(round) + 1);
        let retired = generations.retire(generation);
        assert!(matches!(retired.remains, Remains::Mapped));
        assert_eq!(retired.warnings().len(), usize::from(round == 2), "{:?}", retired.warnings());
    }
    let err = generations.open("test.capped", sealed(&numbered(&library, 53))).expect_err("three are in memory");
    assert_eq!(
        err.to_string(),
        "KW0750 3 different libraries of plugin `test.capped` are in memory, which is as many as it may have\n  help: libraries that were replaced stay mapped; \
         restart the program when it suits, or raise `generations` in the policy's `[native]` table"
    );
    // A content that is there already counts once, however often it comes back, and other plugins have their own count.
    for _ in 0..5 {
        let back = generations.open("test.capped", sealed(&numbered(&library, 51))).expect("it is in memory");
        assert_eq!(call(back.image(), c"number"), 51);
        let retired = generations.retire(back);
        assert_eq!(retired.in_memory, 3);
    }
    assert_eq!(generations.in_memory("test.capped").len(), 3);
    generations.open("test.other", sealed(&numbered(&library, 54))).expect("another plugin");
}

#[test]
fn a_content_that_serves_twice_is_unmapped_with_the_second() {
    let _alone = alone();
    let library = numbered(&compiled(GOOD, &[]), 60);
    let generations = Generations::new(DEFAULT_CAP, Unloading::Try);
    let first = generations.open("test.twice", sealed(&library)).expect("a library");
    let second = generations.open("test.twice", sealed(&library)).expect("the same again");
    assert!(matches!(generations.retire(first).remains, Remains::Mapped));
    assert_eq!(call(second.image(), c"number"), 60);
    let retired = generations.retire(second);
    assert!(matches!(retired.remains, Remains::Unmapped), "{retired}");
    assert_eq!(retired.to_string(), "generation 2 of plugin `test.twice` is retired and unmapped; 0 of 16 images are in memory");
}

/// For whom unmapping works. What asks for the current thread makes the standard library register a destructor that the C library calls at the
/// end of threads, mapped or not: such an image must stay.
#[test]
fn what_a_library_may_do_and_still_be_unmapped() {
    let _alone = alone();
    let library = compiled(COMMON, &[]);
    let functions = [
        (c"allocates", true),
        (c"locks", true),
        (c"hashes", true),
        (c"tells_the_time", true),
        (c"panics", true),
        (c"panics_and_says_so", true),
        (c"prints", true),
        (c"asks_for_its_thread", false),
        (c"sends_and_waits", false),
    ];
    for (number, (function, goes)) in (80..).zip(functions) {
        let open = || Image::open(sealed(&numbered(&library, number))).expect("a library");
        // From a thread that lives on while the image is unmapped, and ends afterwards.
        let here = elsewhere(|| {
            let image = open();
            call(&image, function);
            Image::unload(image)
        });
        let image = open();
        elsewhere(|| call(&image, function));
        let later = Image::unload(image);
        for unloaded in [here, later] {
            let as_expected = match &unloaded {
                Unloaded::Unmapped => goes,
                Unloaded::Pinned(pin) => !goes && matches!(pin, Pin::Callback(Callback::Variable)),
            };
            assert!(as_expected, "{}: {unloaded}", function.to_string_lossy());
        }
    }
}
