//! The ids for which a publisher may sign are no patterns of plugin ids.

use std::ops::Range;

use super::Rule;
use crate::parse::{Diagnostic, Source, Spanned, form_problem, quoted};

pub(super) const RULE: Rule = Rule::new("KW0406", "native_ids", "a publisher's ids are malformed");

/// Examines one pattern: a whole id, the beginning of ids with `.*` behind it, or `*`.
pub(crate) fn examine(pattern: &Spanned<String>, source: &Source) -> Option<Diagnostic> {
    let written = pattern.value.as_str();
    if written == "*" {
        return None;
    }
    // Behind a beginning stands at least one segment more.
    let id = written.strip_suffix(".*").map_or_else(|| written.to_owned(), |beginning| format!("{beginning}.a"));
    let (problem, guess) = form_problem(&id)?;
    let help = match guess {
        Some(guess) if !written.contains('*') => format!("write `\"{guess}\"`"),
        _ => "write an id, `\"acme.*\"` for all that begin with `acme.`, or `\"*\"` for every plugin".to_owned(),
    };
    Some(Diagnostic::new(RULE.code, source.place(&pattern.span), format!("pattern {} {problem}", quoted(written))).help(help))
}

/// The list of ids is empty.
pub(crate) fn none(publisher: &str, list: &Range<usize>, source: &Source) -> Diagnostic {
    let message = format!("publisher {} may sign for no plugin", quoted(publisher));
    Diagnostic::new(RULE.code, source.place(list), message)
        .help("write the ids, for example `ids = [\"acme.*\"]`, or take the publisher away")
}
