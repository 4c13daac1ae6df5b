//! The conformance kit: a plugin that passes, and for each check plugins that must not.

#![expect(clippy::unwrap_used, reason = "the plugins of these tests are tests too")]
#![expect(unreachable_pub, reason = "a plugin is `pub`, so that a host can name it")]

mod leftovers;
mod life;
mod limits;
mod permissions;
mod settings;
mod sound;
mod state;

use keyway::testing::{Check, Conformance};

/// What a check finds, as `did: saw`; each finding must say what to do.
fn found(kit: &Conformance, check: Check) -> Vec<String> {
    let examined = kit.examine(check);
    assert!(examined.findings.iter().all(|finding| !finding.help.is_empty()), "{examined}");
    examined.findings.iter().map(|finding| format!("{}: {}", finding.did, finding.saw)).collect()
}

/// Asserts that a check finds one thing, which begins and ends so.
#[track_caller]
fn finds_one(kit: &Conformance, check: Check, begins: &str, ends: &str) {
    let found = found(kit, check);
    assert!(found.len() == 1 && found[0].starts_with(begins) && found[0].ends_with(ends), "{found:#?}");
}
