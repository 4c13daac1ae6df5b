//! A key that must be written is not.

use super::unknown_key::table_name;
use super::{Input, Rule};
use crate::parse::{Diagnostic, Fault, Findings, Source};
use crate::schema::{Key, Kind, MANIFEST_VERSION};

pub(super) const RULE: Rule = Rule::new("KW0113", "missing_key", "a key is missing").over_manifests(over_manifest);

fn over_manifest(input: &Input<'_>, findings: &mut Findings) {
    check(input.faults, crate::schema::MANIFEST, input.source, findings);
}

pub(crate) fn check(faults: &[Fault<'_>], schema: &'static [Key], source: &Source, findings: &mut Findings) {
    for fault in faults {
        let Fault::MissingKey { key, table, at } = fault else { continue };
        let message = format!("{} lacks the key `{}`", table_name(table, schema), key.name);
        let place = if table.is_empty() { source.whole() } else { source.place(at) };
        findings.push(Diagnostic::new(RULE.code, place, message).help(help(key, table)));
    }
}

fn help(key: &Key, table: &str) -> String {
    match key.kind {
        Kind::Table(_) => format!("add a table `[{}]` with `id = \"site.example\"` and `host = \"^0.1\"`", key.name),
        Kind::Text(example) | Kind::TextList(example) | Kind::TextOrTable(example, _) | Kind::TextListOrTable(example, _) => {
            format!("add, for example, `{} = {example}`", key.name)
        }
        Kind::Integer if table.is_empty() => format!("add `{} = {MANIFEST_VERSION}` as the first line", key.name),
        _ => format!("add `{} = 1`", key.name),
    }
}
