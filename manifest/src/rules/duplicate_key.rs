//! A key or a table header stands twice in the same table.

use super::Rule;
use crate::parse::{Diagnostic, Findings, Source, SyntaxError, Table, Value, quoted};

pub(super) const RULE: Rule = Rule::new("KW0111", "duplicate_key", "a key is written twice");

/// Duplicates that are looked at: each costs a look at the whole file.
const MOST: usize = 100;

pub(crate) fn is_duplicate(error: &SyntaxError) -> bool {
    error.message.starts_with("duplicate key")
}

/// Reports duplicate keys. Reading goes on with the first of each.
pub(crate) fn check(source: &Source, table: &Table, errors: &[SyntaxError], findings: &mut Findings) {
    let duplicates: Vec<&SyntaxError> = errors.iter().filter(|error| is_duplicate(error)).take(MOST).collect();
    for error in &duplicates {
        // Keys below a second header of the same name repeat because of the header.
        let header = header_line(source, error.span.start);
        if !header.contains(&error.span.start) && duplicates.iter().any(|other| header.contains(&other.span.start)) {
            continue;
        }
        let written = source.slice(&error.span);
        let name = written.trim_matches(['"', '\'']);
        let mut diagnostic =
            Diagnostic::new(RULE.code, source.place(&error.span), format!("key {} is written twice", quoted(name)))
                .help("keep one of the two, or rename one");
        // The parser keeps the first one but does not say where: only a single candidate is certain to be it.
        let mut found = Vec::new();
        collect(table, name, &mut found);
        if let [first] = found.as_slice()
            && first.start < error.span.start
        {
            diagnostic = diagnostic.related("it is written here first", source.place(first));
        }
        findings.push(diagnostic);
    }
}

/// The byte range of the nearest line at or above `offset` that begins with `[`; empty when there is none.
fn header_line(source: &Source, offset: usize) -> std::ops::Range<usize> {
    let (mut start, mut header) = (0, 0..0);
    for line in source.text().split_inclusive('\n') {
        if start > offset {
            break;
        }
        if line.trim_start().starts_with('[') {
            header = start..start + line.len();
        }
        start += line.len();
    }
    header
}

fn collect(table: &Table, name: &str, found: &mut Vec<std::ops::Range<usize>>) {
    for entry in &table.entries {
        if entry.key.value == name {
            found.push(entry.key.span.clone());
        }
        if let Value::Table(inner) = &entry.value.value {
            collect(inner, name, found);
        }
    }
}
