//! The plugin requires, or conflicts with, itself.

use super::{Input, Rule};
use crate::parse::{Diagnostic, Findings, quoted};

pub(super) const RULE: Rule =
    Rule::new("KW0130", "self_requirement", "a plugin requires itself or conflicts with itself").over_manifests(check);

fn check(input: &Input<'_>, findings: &mut Findings) {
    let manifest = input.manifest;
    let Some(own) = manifest.id.get() else { return };
    for (relation, lines) in [("requires", &manifest.requires), ("conflicts with", &manifest.conflicts)] {
        for line in lines.iter().filter(|line| line.id.value == own.value) {
            let message = format!("plugin {} {relation} itself", quoted(&own.value));
            let diagnostic = Diagnostic::new(RULE.code, input.source.place(&line.id.span), message);
            findings.push(diagnostic.related("its id is written here", input.source.place(&own.span)).help("take the line away"));
        }
    }
    for line in &manifest.requires {
        if let Some(provided) = manifest.provides.iter().find(|provided| provided.id.value == line.id.value) {
            let message = format!("the plugin requires service {}, which it provides itself", quoted(&line.id.value));
            let diagnostic = Diagnostic::new(RULE.code, input.source.place(&line.id.span), message);
            findings.push(
                diagnostic
                    .related("it is provided here", input.source.place(&provided.id.span))
                    .help("take the line below `[requires]` away"),
            );
        }
    }
}
