//! The file holds nothing but white space and comments.

use super::Rule;
use crate::parse::{Diagnostic, Source, quoted};

pub(super) const RULE: Rule = Rule::new("KW0103", "file_empty", "the file is empty");

/// What every manifest holds.
pub(super) const LEAST: &str = "`manifest-version = 1`, then `[plugin]` with `id = \"site.example\"` and `host = \"^0.1\"`";

/// Whether a text is nothing but white space and comments.
pub(crate) fn is_blank(text: &str) -> bool {
    !text.lines().any(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'))
}

pub(crate) fn check(source: &Source) -> Option<Diagnostic> {
    if !is_blank(source.text()) {
        return None;
    }
    let message = format!("file {} is empty", quoted(source.shown_as()));
    Some(Diagnostic::new(RULE.code, source.whole(), message).help(format!("begin with {LEAST}")))
}
