//! Reads any text as a `host.toml`: no panic, and something to say about what is refused.
//!
//! `cargo +nightly fuzz run policy fuzz/corpus/policy tests/fixtures/policy -- -max_len=4096`
#![no_main]

use keyway_manifest::parse::parse_policy;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Err(report) = parse_policy(text, "host.toml", &[]) {
        assert!(!report.diagnostics().is_empty() && !report.to_string().is_empty());
    }
});
