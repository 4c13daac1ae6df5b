//! A merge has left its markers in the file.

use crate::parse::{Diagnostic, Source};
use crate::rules::Rule;

pub(super) const RULE: Rule = Rule::new("KW0802", "merge_conflict", "the lock has an unresolved merge conflict");

pub(in crate::lock) fn check(source: &Source) -> Option<Diagnostic> {
    let mut offset = 0;
    for line in source.text().split_inclusive('\n') {
        let written = line.trim_end();
        if is_marker(written) {
            let place = source.place(&(offset..offset + written.len()));
            return Some(Diagnostic::new(RULE.code, place, "a merge has left a conflict here").help(
                "keep the tables of both sides, of a plugin that both changed one side whole, take the marker lines away, and run `cargo keyway lock`",
            ));
        }
        offset += line.len();
    }
    None
}

/// Whether a line is one that git, or a tool that writes as git does, puts between two versions.
fn is_marker(line: &str) -> bool {
    line == "======="
        || ["<<<<<<<", "|||||||", ">>>>>>>"]
            .iter()
            .any(|marker| line.strip_prefix(marker).is_some_and(|rest| rest.is_empty() || rest.starts_with(' ')))
}
