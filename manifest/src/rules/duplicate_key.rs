//! A key or a table header stands twice in the same table.

use super::Rule;
use crate::parse::{Diagnostic, Findings, Source, SyntaxError, Table, Value, quoted};

pub(super) const RULE: Rule = Rule::new("KW0111", "duplicate_key", "a key is written twice");

pub(crate) fn is_duplicate(error: &SyntaxError) -> bool {
    error.message.starts_with("duplicate key")
}

/// Reports duplicate keys. Reading goes on with the first of each.
pub(crate) fn check(source: &Source, table: &Table, errors: &[SyntaxError], findings: &mut Findings) {
    for error in errors.iter().filter(|error| is_duplicate(error)) {
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
