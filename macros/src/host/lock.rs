//! Reads the `keyway.lock` beside the host's Cargo.toml.

use std::path::PathBuf;

use keyway_manifest::host::{LOCK_OFF, LOCK_OFF_HELP};
use keyway_manifest::{Lock, LockRules};
use proc_macro2::Span;

use super::argument::Arguments;
use super::build::Build;
use crate::errors::Errors;

/// The lock of a host.
#[derive(Default)]
pub(crate) struct LockInput {
    /// What it says; `None` for a host without one.
    pub(crate) lock: Option<Lock>,
    /// The file to watch.
    pub(crate) file: Option<PathBuf>,
}

/// Reads the lock, if there is one and the host is held to it.
pub(crate) fn read(arguments: &Arguments, build: &Build, rules: &LockRules, problems: &mut Errors) -> LockInput {
    if let Some(off) = &arguments.lock_off {
        if rules.required {
            problems.at_span(off.span(), "KW0834", LOCK_OFF, LOCK_OFF_HELP);
        }
        return LockInput::default();
    }
    found(build, problems)
}

#[cfg(feature = "lock")]
fn found(build: &Build, problems: &mut Errors) -> LockInput {
    use std::time::SystemTime;

    use keyway_manifest::lock::{LOCK_FILE, parse_lock, read_lock};

    let file = build.file(LOCK_FILE);
    let shown_as = build.shown(&file);
    let parsed = match read_lock(&file, &shown_as) {
        Ok(None) => return LockInput::default(),
        Ok(Some(text)) => parse_lock(&text, &shown_as),
        Err(report) => Err(report),
    };
    let lock = match parsed {
        Ok(parsed) => {
            // The day goes into what is compiled only where it decides something, so that other builds do not differ from day to day.
            let has_end =
                parsed.file.plugins.values().filter_map(|entry| entry.approval.as_ref()).any(|said| said.until.is_some());
            Some(parsed.to_lock(if has_end { Lock::day(SystemTime::now()) } else { 0 }))
        }
        Err(report) => {
            problems.report(Span::call_site(), &report);
            None
        }
    };
    LockInput { lock, file: Some(file) }
}

/// Without the feature nothing here can read the file, and to build as if it were not there would let everything pass.
#[cfg(not(feature = "lock"))]
fn found(build: &Build, problems: &mut Errors) -> LockInput {
    let file = build.file("keyway.lock");
    if keyway_manifest::parse::is_there(&file) {
        let message = format!("`{}` cannot be read, because `keyway` is built without its feature `host`", build.shown(&file));
        let help = "turn the feature on: `keyway = { version = \"…\", features = [\"host\"] }`";
        problems.at_span(Span::call_site(), "KW0835", &message, help);
    }
    LockInput::default()
}
