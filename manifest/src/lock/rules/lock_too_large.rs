//! The file is larger than the lock of any host.

use crate::parse::{Diagnostic, Place, Source, quoted};
use crate::rules::Rule;

pub(super) const RULE: Rule = Rule::new("KW0801", "lock_too_large", "the lock is larger than 4 MiB");

/// Bytes that a lock may have: some thousands of plugins.
pub const LARGEST: usize = 4 << 20;

pub(in crate::lock) fn check(source: &Source) -> Option<Diagnostic> {
    (source.text().len() > LARGEST).then(|| diagnostic(source.shown_as()))
}

pub(in crate::lock) fn diagnostic(shown_as: &str) -> Diagnostic {
    let message = format!("file {} is larger than {LARGEST} bytes", quoted(shown_as));
    Diagnostic::new(RULE.code, Place::file(shown_as), message).help("take the file back from version control")
}
