//! The file is larger than any manifest needs to be.

use super::Rule;
use crate::parse::{Diagnostic, Place, Source, quoted};

pub(super) const RULE: Rule = Rule::new("KW0106", "file_too_large", "the file is larger than 64 KiB");

/// Bytes that a manifest or policy file may have.
pub const LARGEST: usize = 64 * 1024;

pub(crate) fn check(source: &Source) -> Option<Diagnostic> {
    (source.text().len() > LARGEST).then(|| diagnostic(source.shown_as()))
}

pub(crate) fn diagnostic(shown_as: &str) -> Diagnostic {
    let message = format!("file {} is larger than {LARGEST} bytes", quoted(shown_as));
    Diagnostic::new(RULE.code, Place::file(shown_as), message)
        .help("move data out of the file, for example into one that the plugin reads at run time")
}
