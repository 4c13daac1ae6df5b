//! A merge has left its markers in a manifest or a policy.

use super::Rule;
use crate::parse::{Diagnostic, Source, SyntaxError, conflict};

pub(super) const RULE: Rule = Rule::new("KW0108", "merge_conflict", "the file has an unresolved merge conflict");

/// Looks at a text with syntax errors: a text without may have such lines in a value of several lines. What else is said of the text would
/// be about the markers, or about what both sides have written.
pub(crate) fn check(source: &Source, errors: &[SyntaxError]) -> Option<Diagnostic> {
    let is_one = |marker: &std::ops::Range<usize>| {
        source.slice(marker) != conflict::DIVIDER
            || errors.iter().any(|error| marker.contains(&error.span.start) || marker.end == error.span.start)
    };
    let marker = conflict::markers(source).find(|marker| !errors.is_empty() && is_one(marker))?;
    Some(
        Diagnostic::new(RULE.code, source.place(&marker), "a merge has left a conflict here")
            .help("keep the lines of one side, or what both sides mean together, and take the marker lines away"),
    )
}
