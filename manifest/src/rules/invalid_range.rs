//! A version range is not one in Cargo's syntax.

use super::{Input, Rule};
use crate::parse::{Diagnostic, Findings, quoted};

pub(super) const RULE: Rule = Rule::new("KW0126", "invalid_range", "a version range is malformed").over_manifests(check);

fn check(input: &Input<'_>, findings: &mut Findings) {
    let manifest = input.manifest;
    let relations = manifest.requires.iter().chain(&manifest.conflicts).filter_map(|line| line.version.get());
    for range in manifest.host.get().into_iter().chain(relations) {
        if let Err(error) = semver::VersionReq::parse(&range.value) {
            let message = format!("{} is not a version range: {error}", quoted(&range.value));
            findings.push(Diagnostic::new(RULE.code, input.source.place(&range.span), message).help(help(&range.value)));
        }
    }
}

fn help(written: &str) -> String {
    const FORM: &str = "write a range as in Cargo.toml: `^1.2`, `>=1.2, <3`, `~1.2` or `*`";
    if written.len() > 60 {
        return FORM.to_owned();
    }
    if written.contains("||") {
        return "a range has no `||`: write one that covers both, for example `>=1, <3`".to_owned();
    }
    let without_v = written.trim().trim_start_matches(['v', 'V']).to_owned();
    // Other ecosystems divide comparators by spaces; Cargo by commas.
    let with_commas = written.split_whitespace().collect::<Vec<_>>().join(", ");
    let right = [without_v, with_commas].into_iter().find(|range| semver::VersionReq::parse(range).is_ok());
    right.map_or_else(|| FORM.to_owned(), |range| format!("write `\"{range}\"`"))
}
