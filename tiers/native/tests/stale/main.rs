//! What the system's linker does with the number of a descriptor that is used again, and what this crate does about it.
//!
//! A program of its own, as the linker knows a wrong library under that number from then on.
#![cfg(target_os = "linux")]
#![expect(unsafe_code, reason = "shows what the linker does without this crate")]

#[path = "../fixture/mod.rs"]
mod fixture;

use std::os::fd::AsRawFd as _;

use keyway_native::image::Image;

use fixture::{THREAD_LOCAL, compiled, numbered, sealed};

/// Why images keep their descriptors and look at the memory map: the linker alone answers with version 1.
#[test]
fn a_library_under_a_number_that_was_used_before_is_refused() {
    let library = compiled(THREAD_LOCAL, &[]);
    // Other tests open files meanwhile, so it may take some attempts until a number comes back.
    for attempt in 0..1_000 {
        let first = sealed(&numbered(&library, 10_000 + attempt));
        let number = first.file().as_raw_fd();
        // SAFETY: the library was compiled for these tests and has no constructor.
        let bare = unsafe { libloading::Library::new(first.load_path()) }.expect("version 1");
        // A value of a thread-local variable pins it. This thread lives until the end of the test.
        // SAFETY: the function has this type.
        unsafe {
            bare.get::<extern "C" fn() -> u64>(c"touch").expect("it offers that")();
        }
        bare.close().expect("given back");
        drop(first);
        let second = sealed(&numbered(&library, 20_000 + attempt));
        if second.file().as_raw_fd() != number {
            continue;
        }
        // SAFETY: as above.
        let answer = unsafe {
            let bare = libloading::Library::new(second.load_path()).expect("what the linker takes for version 2");
            bare.get::<extern "C" fn() -> u64>(c"number").expect("it offers that")()
        };
        assert_eq!(
            answer,
            u64::from(10_000 + attempt),
            "bare libloading now answers with what was sealed: is this check needed still?"
        );
        let digest = second.digest();
        let err = Image::open(second).expect_err("the linker has another library under this number");
        assert_eq!(
            err.to_string(),
            format!(
                "KW0745 after `extensions/test.so` was loaded, the memory map does not show the bytes that were verified ({digest}): the system's linker gave a \
                 library that it had before\n  help: something else in this process loads and closes libraries by descriptor; restart the program"
            )
        );
        return;
    }
    panic!("no number of a descriptor came back in 1,000 attempts");
}
