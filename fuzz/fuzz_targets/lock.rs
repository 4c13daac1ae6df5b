//! Reads any text as a `keyway.lock`: no panic, something to say about what is refused, and one spelling for what is read.
//!
//! `cargo +nightly fuzz run lock fuzz/corpus/lock tests/fixtures/lock -- -max_len=4096`
#![no_main]

use keyway_manifest::lock::{differences, parse_lock};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match parse_lock(text, "keyway.lock") {
        Ok(parsed) => {
            let written = parsed.file.to_text();
            let again = parse_lock(&written, "keyway.lock").expect("what is written is read").file;
            assert!(again == parsed.file && again.to_text() == written && differences(&again, &parsed.file, &[]).is_empty());
        }
        Err(report) => assert!(!report.diagnostics().is_empty() && !report.to_string().is_empty()),
    }
});
