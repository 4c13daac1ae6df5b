//! Reads any text as a `plugin.toml`: no panic, and a true place for each diagnostic.
//!
//! `cargo +nightly fuzz run manifest fuzz/corpus/manifest tests/fixtures/manifest -- -max_len=4096`
#![no_main]

use keyway_manifest::parse::{CargoFacts, parse_manifest};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let facts = CargoFacts { package: "p".to_owned(), version: "1.0.0".to_owned(), ..CargoFacts::default() };
    match parse_manifest(text, "plugin.toml", &facts, &[]) {
        Ok(parsed) => drop(parsed.descriptor().id.to_string()),
        Err(report) => {
            assert!(!report.to_string().is_empty());
            for place in report.diagnostics().iter().map(|diagnostic| &diagnostic.place).filter(|place| place.line > 0) {
                let line = text.split('\n').nth(place.line as usize - 1).expect("the line is in the text");
                assert_eq!(place.snippet, line.strip_suffix('\r').unwrap_or(line));
            }
        }
    }
});
