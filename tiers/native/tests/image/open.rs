//! What is loaded is what was sealed, once for each content; what cannot be loaded is told clearly.

use std::sync::Arc;

use keyway_native::image::{Image, LoadError};

use crate::fixture::{GOOD, UNDEFINED, call, compiled, constructor, numbered, program_headers, sealed};

#[test]
fn a_library_is_loaded_and_answers() {
    let image = Image::open(sealed(&numbered(&compiled(GOOD, &[]), 4711))).expect("a good library");
    assert_eq!(call(&image, c"number"), 4711);
    assert_eq!(call(&image, c"work"), 190);
    let code = image.address(c"number").expect("it offers that").as_ptr().addr();
    let segment = image.segments().iter().find(|segment| segment.addresses.contains(&code)).expect("in one of its segments");
    assert!(segment.executable && !segment.writable);
    assert!(!image.contains(a_library_is_loaded_and_answers as fn() as usize));
}

#[test]
fn what_a_needed_library_offers_is_not_its_own() {
    let image = Image::open(sealed(&numbered(&compiled(GOOD, &[]), 1))).expect("a good library");
    assert_eq!(image.address(c"malloc"), None);
    assert_eq!(image.address(c"nobody_has_this"), None);
}

#[test]
fn the_same_content_is_loaded_once() {
    let bytes = numbered(&compiled(GOOD, &[]), 2);
    let first = Image::open(sealed(&bytes)).expect("a good library");
    let second = Image::open(sealed(&bytes)).expect("the same again");
    assert!(Arc::ptr_eq(&first, &second));
    let other = Image::open(sealed(&numbered(&bytes, 3))).expect("another content");
    assert!(!Arc::ptr_eq(&first, &other));
    assert_eq!((call(&first, c"number"), call(&other, c"number")), (2, 3));
}

#[test]
fn what_is_no_library_is_refused() {
    let library = compiled(GOOD, &[]);
    let mut random = 1_u64;
    let random: Vec<u8> = std::iter::repeat_with(|| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (random >> 56) as u8
    })
    .take(100_000)
    .collect();
    let mut magic = library.clone();
    magic[1] = b'F';
    for (what, bytes) in
        [("nothing", Vec::new()), ("random bytes", random), ("a text", b"#!/bin/sh\nexit 1\n".to_vec()), ("another magic", magic)]
    {
        let err = Image::open(sealed(&bytes)).expect_err(what);
        assert!(matches!(err, LoadError::Audit { .. }), "{what}: {err}");
        assert!(err.to_string().starts_with("KW0741 what the library needs and offers cannot be read: "), "{what}: {err}");
        assert!(err.to_string().ends_with("\n  file: extensions/test.so"), "{what}: {err}");
    }
}

#[test]
fn a_truncated_library_is_refused_wherever_it_ends() {
    let library = compiled(GOOD, &[]);
    // The section headers at the end are not needed for loading. What is has the type 1; its place in the file and its length are the second and
    // fifth words.
    let word = |at: usize| usize::try_from(u64::from_le_bytes(library[at..at + 8].try_into().expect("8 bytes"))).expect("fits");
    let loaded = program_headers(&library).filter(|at| library[*at] == 1);
    let needed = loaded.map(|at| word(at + 8) + word(at + 32)).max().expect("a library has parts");
    for end in (0..needed).step_by(needed / 97) {
        let err = Image::open(sealed(&library[..end])).expect_err("a part of a library");
        assert!(matches!(err, LoadError::Audit { .. }), "the first {end} bytes: {err}");
    }
}

#[test]
fn an_undefined_function_is_named() {
    let err = Image::open(sealed(&compiled(UNDEFINED, &[]))).expect_err("it binds what nobody has");
    assert_eq!(
        err.to_string(),
        "KW0740 `extensions/test.so` cannot be loaded: undefined symbol: keyway_nobody_has_this\n  help: the library binds a function that neither the program \
         nor a library of this system has; link the crate that has it into the plugin, or install the library (`ldd FILE` tells which)"
    );
}

#[test]
fn a_missing_library_is_named() {
    let mut bytes = compiled(GOOD, &[]);
    let name = b"libgcc_s.so.1\0";
    let at = bytes.windows(name.len()).position(|window| window == name).expect("each Rust library needs it");
    bytes[at..at + name.len()].copy_from_slice(b"libgcc_x.so.1\0");
    let err = Image::open(sealed(&bytes)).expect_err("no system has that");
    let text = err.to_string();
    assert!(
        text.starts_with("KW0740 `extensions/test.so` cannot be loaded: libgcc_x.so.1: cannot open shared object file"),
        "{text}"
    );
    assert!(text.contains("needs another one that is not installed here"), "{text}");
}

#[test]
fn a_constructor_runs_when_a_library_is_loaded_and_not_when_it_is_refused() {
    let marker = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("constructor-{}", std::process::id()));
    let source = constructor(&format!("let _ = std::fs::write({marker:?}, b\"here\");"));
    // A function that the program has itself makes it refused.
    let refused = compiled(&format!("{source}{}", crate::fixture::INTERPOSES), &[]);
    Image::open(sealed(&refused)).expect_err("it offers a function of the C library");
    assert!(!marker.exists(), "a constructor of a refused library ran");
    Image::open(sealed(&compiled(&source, &[]))).expect("the same without that function");
    assert!(marker.exists());
    std::fs::remove_file(marker).expect("the marker");
}
