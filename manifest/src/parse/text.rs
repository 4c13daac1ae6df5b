//! From bytes or text to a document: what can be wrong before keys and values mean anything.

use super::diagnostic::Findings;
use super::document::{self, Table};
use super::source::Source;
use crate::rules::{duplicate_key, file_empty, file_has_bom, file_too_large, merge_conflict, nested_too_deep, toml_syntax};

/// Parses a text into a document. Duplicate keys are reported and reading goes on; other syntax errors end it with `None`.
pub(crate) fn to_document(source: &Source, findings: &mut Findings) -> Option<Table> {
    for check in [file_too_large::check, file_has_bom::check, file_empty::check] {
        if let Some(diagnostic) = check(source) {
            findings.push(diagnostic);
            return None;
        }
    }
    to_table(source, findings)
}

/// Parses a text that is not too large and begins with no byte-order mark; an empty one is an empty table.
pub(crate) fn to_table(source: &Source, findings: &mut Findings) -> Option<Table> {
    let (table, errors) = document::parse(source);
    if let Some(diagnostic) = merge_conflict::check(source, &errors) {
        findings.push(diagnostic);
        return None;
    }
    if let Some(diagnostic) = nested_too_deep::check(source, &table, &errors) {
        findings.push(diagnostic);
        return None;
    }
    duplicate_key::check(source, &table, &errors, findings);
    if toml_syntax::check(source, &errors, findings) { None } else { Some(table) }
}
