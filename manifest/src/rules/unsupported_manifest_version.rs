//! The manifest is written for another version of the format.

use super::{Input, Rule};
use crate::parse::{Diagnostic, Findings};
use crate::schema::MANIFEST_VERSION;

pub(super) const RULE: Rule =
    Rule::new("KW0115", "unsupported_manifest_version", "the manifest version is not supported").over_manifests(check);

pub(super) fn is_unsupported(input: &Input<'_>) -> bool {
    input.manifest.manifest_version.get().is_some_and(|version| version.value != MANIFEST_VERSION)
}

pub(super) fn check(input: &Input<'_>, findings: &mut Findings) {
    let Some(version) = input.manifest.manifest_version.get().filter(|_| is_unsupported(input)) else { return };
    let message = format!("`manifest-version` is {}, but this version of Keyway reads {MANIFEST_VERSION}", version.value);
    let help = if version.value > MANIFEST_VERSION {
        format!("update the `keyway` dependency, or write `manifest-version = {MANIFEST_VERSION}` and the keys of that version")
    } else {
        format!("write `manifest-version = {MANIFEST_VERSION}`")
    };
    findings.push(Diagnostic::new(RULE.code, input.source.place(&version.span), message).help(help));
}
