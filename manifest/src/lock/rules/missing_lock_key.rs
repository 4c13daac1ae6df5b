//! A key that the lock must have is not there.

use super::TAKE_IT_BACK;
use crate::lock::keys::LOCK_VERSION;
use crate::parse::{Diagnostic, Fault, Findings, Source, quoted};
use crate::rules::Rule;

pub(super) const RULE: Rule = Rule::new("KW0805", "missing_lock_key", "a key of the lock is missing");

/// An empty file is not told key by key.
pub(in crate::lock) fn check_empty(source: &Source) -> Option<Diagnostic> {
    if !crate::rules::file_empty::is_blank(source.text()) {
        return None;
    }
    let message = format!("{} is empty", quoted(source.shown_as()));
    Some(Diagnostic::new(RULE.code, source.whole(), message).help(
        "take the file back from version control; where there is none, delete it and run `cargo keyway lock`: every plugin then waits for approval",
    ))
}

pub(in crate::lock) fn check(faults: &[Fault<'_>], source: &Source, findings: &mut Findings) {
    for fault in faults {
        let Fault::MissingKey { key, table, at } = fault else { continue };
        let (place, help) = match (table.is_empty(), key.name) {
            (true, "lock-version") => (source.whole(), format!("add `lock-version = {LOCK_VERSION}` as the first line")),
            (true, _) => (source.whole(), format!("add `{} = []` and run `cargo keyway lock`", key.name)),
            (false, _) => (source.place(at), TAKE_IT_BACK.to_owned()),
        };
        findings
            .push(Diagnostic::new(RULE.code, place, format!("{} lacks the key `{}`", table_name(table), key.name)).help(help));
    }
}

/// How messages name a table of the lock: an entry by its name, or the file itself.
pub(super) fn table_name(path: &str) -> String {
    if path.is_empty() { "the top level".to_owned() } else { quoted(path) }
}
