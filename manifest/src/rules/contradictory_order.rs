//! The order cannot be kept: a plugin both before and after this one, or this one itself.

use super::{Input, Rule};
use crate::parse::{Diagnostic, Findings, quoted};

pub(super) const RULE: Rule = Rule::new("KW0132", "contradictory_order", "the order contradicts itself").over_manifests(check);

fn check(input: &Input<'_>, findings: &mut Findings) {
    let manifest = input.manifest;
    let place = |span| input.source.place(span);
    for before in &manifest.before {
        if let Some(after) = manifest.after.iter().find(|after| after.value == before.value) {
            let message = format!("{} is to start both before and after this plugin", quoted(&before.value));
            let diagnostic = Diagnostic::new(RULE.code, place(&before.span), message);
            findings.push(
                diagnostic.related("`after` names it here", place(&after.span)).help("take it out of `after` or out of `before`"),
            );
        }
        if let Some(required) = manifest.requires.iter().find(|line| line.id.value == before.value) {
            let message =
                format!("{} is required, so it starts first, but `before` says that it starts later", quoted(&before.value));
            let diagnostic = Diagnostic::new(RULE.code, place(&before.span), message);
            findings.push(diagnostic.related("it is required here", place(&required.id.span)).help("take it out of `before`"));
        }
    }
    let Some(own) = manifest.id.get() else { return };
    for itself in manifest.after.iter().chain(&manifest.before).filter(|id| id.value == own.value) {
        let message = format!("plugin {} is ordered relative to itself", quoted(&own.value));
        findings.push(Diagnostic::new(RULE.code, place(&itself.span), message).help("take it out of the list"));
    }
}
