//! A key that its table does not have: most often a misspelt one, and a misspelt permission must not pass.

use super::{Input, Rule};
use crate::parse::{Diagnostic, Fault, Findings, Source, nearest, quoted};
use crate::schema::{Key, Kind};

pub(super) const RULE: Rule = Rule::new("KW0112", "unknown_key", "a key is not known").over_manifests(over_manifest);

fn over_manifest(input: &Input<'_>, findings: &mut Findings) {
    check(input.faults, crate::schema::MANIFEST, input.source, findings);
}

pub(crate) fn check(faults: &[Fault<'_>], schema: &'static [Key], source: &Source, findings: &mut Findings) {
    for fault in faults {
        let Fault::UnknownKey { key, value, table, known } = fault else { continue };
        let similar = nearest(&key.value, known.iter().map(|key| key.name));
        let of_its_own = if is_policy(schema) {
            instead_of_rule(&key.value, source.slice(&value.span), known)
        } else {
            from_cargo(&key.value, table)
        };
        let help = match (of_its_own, similar.first(), owner(&key.value, schema)) {
            (Some(help), ..) => help,
            (None, Some(near), _) => format!("write `{near}`"),
            (None, None, Some(owner)) => format!("move it below `[{owner}]`"),
            (None, None, None) if is_policy(schema) => format!(
                "{}; configuration does not belong in the policy: give it to `Host::builder(…).config_file(…)`",
                known_keys(known)
            ),
            (None, None, None) => known_keys(known),
        };
        let message = format!("{} has no key {}", table_name(table, schema), quoted(&key.value));
        findings.push(Diagnostic::new(RULE.code, source.place(&key.span), message).similar(similar).help(help));
    }
}

fn known_keys(known: &[Key]) -> String {
    let names: Vec<&str> = known.iter().map(|key| key.name).collect();
    let listed = crate::parse::one_of(&names).replace(" or ", " and ");
    if names.len() == 1 { format!("the only key here is {listed}") } else { format!("the keys here are {listed}") }
}

fn is_policy(schema: &[Key]) -> bool {
    schema.iter().all(|key| key.name != "manifest-version")
}

/// A permission that stands where `allow` and `deny` stand.
fn instead_of_rule(key: &str, value: &str, known: &[Key]) -> Option<String> {
    let can_be_shown = key.chars().all(|c| !matches!(c, '"' | '\\') && crate::parse::printable(c) == c);
    if !can_be_shown || !key.contains('.') || !known.iter().any(|key| key.name == "allow") {
        return None;
    }
    // Only a short value of one line reads well inside a sentence.
    let value = if value.len() <= 60 && !value.contains(['\n', '`', '{']) { value } else { "true" };
    Some(format!("write `allow = {{ \"{key}\" = {value} }}`"))
}

/// How messages name a table: `[plugin]`, an entry by its name, or the file itself.
pub(super) fn table_name(path: &str, schema: &[Key]) -> String {
    let first = path.split('.').next().unwrap_or("");
    if path.is_empty() {
        "the top level".to_owned()
    } else if schema.iter().any(|key| key.name == first) {
        format!("`[{path}]`")
    } else {
        quoted(path)
    }
}

fn from_cargo(key: &str, table: &str) -> Option<String> {
    let known = matches!(key, "name" | "authors" | "license" | "repository" | "homepage" | "keywords" | "edition");
    (known && matches!(table, "plugin" | "")).then(|| format!("take the line away: Cargo.toml says `{key}` already"))
}

/// The table of the first level that has this key.
fn owner(key: &str, schema: &'static [Key]) -> Option<&'static str> {
    let has = |table: &&Key| matches!(table.kind, Kind::Table(keys) if keys.iter().any(|inner| inner.name == key));
    schema.iter().find(has).map(|table| table.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_be_written_as_shown_is_suggested() {
        let known = crate::schema::POLICY;
        let known = known.iter().find_map(|key| match key.kind {
            Kind::Table(keys) if key.name == "permissions" => Some(keys),
            _ => None,
        });
        let known = known.expect("a policy has permissions");
        assert!(instead_of_rule("file.read", "true", known).is_some());
        for odd in ["file\u{1b}.read", "file\".read", "file\\.read", "read"] {
            assert_eq!(instead_of_rule(odd, "true", known), None, "{odd:?}");
        }
    }
}
