//! Tables and lists stand inside each other more often than anything here needs.

use super::Rule;
use crate::parse::{Diagnostic, Source, SyntaxError, Table};

pub(super) const RULE: Rule = Rule::new("KW0107", "nested_too_deep", "tables or lists are nested too deep");

/// Tables and lists inside each other at most.
pub(crate) const DEEPEST: usize = 32;

pub(crate) fn check(source: &Source, table: &Table, errors: &[SyntaxError]) -> Option<Diagnostic> {
    let recursion = errors.iter().find(|error| error.message.contains("recurs"));
    if recursion.is_none() && table.depth() <= DEEPEST {
        return None;
    }
    // The parser does not always say where it gave up: then the deepest line is the one with the most openings.
    let span = match recursion {
        Some(error) if error.span.start < source.text().len() => error.span.clone(),
        _ => deepest_line(source),
    };
    let message = format!("tables or lists are nested more than {DEEPEST} deep");
    Some(
        Diagnostic::new(RULE.code, source.place(&span), message)
            .help("flatten the data, or move it into a file that the plugin reads at run time"),
    )
}

fn deepest_line(source: &Source) -> std::ops::Range<usize> {
    let mut offset = 0;
    let mut deepest = (0, 0..1);
    for line in source.text().split_inclusive('\n') {
        let openings = line.matches(['[', '{', '.']).count();
        if openings > deepest.0 {
            let indent = line.len() - line.trim_start().len();
            deepest = (openings, offset + indent..offset + line.trim_end().len().max(indent));
        }
        offset += line.len();
    }
    deepest.1
}
