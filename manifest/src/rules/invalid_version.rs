//! A version is not a semantic version.

use super::{Input, Rule};
use crate::parse::{Diagnostic, Findings, Source, Spanned, quoted};

pub(super) const RULE: Rule = Rule::new("KW0124", "invalid_version", "a version is not a semantic version").over_manifests(check);

fn check(input: &Input<'_>, findings: &mut Findings) {
    let provided = input.manifest.provides.iter().filter_map(|line| line.version.get());
    for version in input.manifest.version.get().into_iter().chain(provided) {
        if let Some(diagnostic) = examine(version, input.source) {
            findings.push(diagnostic);
        }
    }
    let from_cargo = &input.facts.version;
    if input.manifest.version.is_absent()
        && let Err(error) = semver::Version::parse(from_cargo)
    {
        let place =
            input.manifest.plugin_header.as_ref().map_or_else(|| input.source.whole(), |header| input.source.place(header));
        let message = format!("the version {} of Cargo.toml is not a version: {error}", quoted(from_cargo));
        findings.push(
            Diagnostic::new(RULE.code, place, message)
                .help("correct `version` in Cargo.toml, or write `version = \"1.0.0\"` here"),
        );
    }
}

pub(crate) fn examine(version: &Spanned<String>, source: &Source) -> Option<Diagnostic> {
    let error = semver::Version::parse(&version.value).err()?;
    let message = format!("{} is not a version: {error}", quoted(&version.value));
    Some(Diagnostic::new(RULE.code, source.place(&version.span), message).help(help(&version.value)))
}

fn help(written: &str) -> String {
    const FORM: &str = "write three numbers, for example `1.0.0`, with a pre-release behind `-` if there is one";
    let bare = written.trim().trim_start_matches(['v', 'V', '^', '=', '~', ' ']);
    let completed = [bare.to_owned(), format!("{bare}.0"), format!("{bare}.0.0")];
    let right = completed.iter().find(|version| version.len() <= 40 && semver::Version::parse(version).is_ok());
    right.map_or_else(|| FORM.to_owned(), |version| format!("write `\"{version}\"`"))
}
