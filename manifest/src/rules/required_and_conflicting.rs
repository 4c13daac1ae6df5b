//! The same plugin is required and excluded.

use super::{Input, Rule};
use crate::parse::{Diagnostic, Findings, quoted};

pub(super) const RULE: Rule =
    Rule::new("KW0131", "required_and_conflicting", "the same plugin is required and conflicts").over_manifests(check);

fn check(input: &Input<'_>, findings: &mut Findings) {
    let manifest = input.manifest;
    for conflict in &manifest.conflicts {
        let Some(required) = manifest.requires.iter().find(|line| line.id.value == conflict.id.value) else { continue };
        let message = format!("plugin {} is both required and in conflict", quoted(&conflict.id.value));
        let help = "keep one of the two; to refuse some versions only, narrow the range below `[requires]`";
        findings.push(
            Diagnostic::new(RULE.code, input.source.place(&conflict.id.span), message)
                .related("it is required here", input.source.place(&required.id.span))
                .help(help),
        );
    }
}
