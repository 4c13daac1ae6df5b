//! The file holds nothing but white space and comments.

use super::Rule;
use crate::parse::{Diagnostic, Source, quoted};

pub(super) const RULE: Rule = Rule::new("KW0103", "file_empty", "the file is empty");

/// What every manifest holds.
pub(super) const LEAST: &str = "`manifest-version = 1`, then `[plugin]` with `id = \"site.example\"` and `host = \"^0.1\"`";

pub(crate) fn check(source: &Source) -> Option<Diagnostic> {
    let says_something = |line: &str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    if source.text().lines().any(says_something) {
        return None;
    }
    let message = format!("file {} is empty", quoted(source.shown_as()));
    Some(Diagnostic::new(RULE.code, source.whole(), message).help(format!("begin with {LEAST}")))
}
