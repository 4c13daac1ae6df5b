//! Reads any bytes as the record of a library: no panic, something to say about what is refused, and a verdict on what is read.
//!
//! `cargo +nightly fuzz run record fuzz/corpus/record tests/fixtures/record -- -max_len=8192`
#![no_main]

use keyway_manifest::record::{BuildFacts, HostFacts, Record, compare};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let host = HostFacts { build: BuildFacts::UNKNOWN, points: &[], events: &[], boundary: &[] };
    match Record::read(bytes, &[]) {
        Ok(record) => {
            assert!(!compare(&host, &record).to_string().is_empty());
            if let Err(error) = record.descriptor() {
                assert!(error.to_string().starts_with("KW0703 "));
            }
        }
        Err(error) => assert!(error.to_string().starts_with("KW07")),
    }
});
