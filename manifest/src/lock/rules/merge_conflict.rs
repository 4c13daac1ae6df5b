//! A merge has left its markers in the file.

use crate::parse::{Diagnostic, Source, conflict};
use crate::rules::Rule;

pub(super) const RULE: Rule = Rule::new("KW0802", "merge_conflict", "the lock has an unresolved merge conflict");

/// A lock has no values of several lines, so that such a line is nothing else.
pub(in crate::lock) fn check(source: &Source) -> Option<Diagnostic> {
    let marker = conflict::markers(source).next()?;
    Some(Diagnostic::new(RULE.code, source.place(&marker), "a merge has left a conflict here").help(
        "of each marked piece keep the lines of one side, take those of the other and the marker lines away, and run `cargo keyway lock`",
    ))
}
