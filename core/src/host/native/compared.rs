//! What is told of a library that fits, though not all of it could be compared.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use keyway_manifest::Descriptor;
use keyway_manifest::record::Verdict;

/// Tells of a library in one line, for who looks for it; and of an SDK that does not say what it depends on, once in the life of the
/// program, because each of its plugins would say it again.
pub(super) fn tell_of(plugin: &Descriptor, verdict: &Verdict) {
    if let Some(line) = line(&told(verdict)) {
        tracing::debug!(plugin = plugin.id.as_str(), "{line}");
    }
    for text in verdict.undescribed() {
        if is_new(text) {
            tracing::info!("not compared: {text}");
        }
    }
}

/// What differs without harm, and what could not be compared.
pub(super) fn told(verdict: &Verdict) -> Vec<String> {
    let unknown = verdict.unknown().iter().map(|unknown| format!("not compared: {unknown}"));
    verdict.notes().iter().cloned().chain(unknown).collect()
}

fn line(told: &[String]) -> Option<String> {
    (!told.is_empty()).then(|| format!("the library fits this program; {}", told.join("; ")))
}

/// Whether this was not told before. There are as many texts as the program has SDKs, twice.
fn is_new(text: &str) -> bool {
    static TOLD: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    TOLD.lock().unwrap_or_else(PoisonError::into_inner).insert(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_it_stands_in_one_line() {
        assert_eq!(line(&[]), None);
        let found = line(&["built by `dev`", "not compared: the target of the library"].map(str::to_owned));
        let expected = "the library fits this program; built by `dev`; not compared: the target of the library";
        assert_eq!(found.as_deref(), Some(expected));
    }

    #[test]
    fn what_an_sdk_leaves_out_is_told_once() {
        assert!(is_new("what `made-up-sdk` depends on in the library"));
        assert!(!is_new("what `made-up-sdk` depends on in the library"));
        assert!(is_new("what `made-up-sdk` depends on in the program"));
    }
}
