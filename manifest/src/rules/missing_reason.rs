//! A permission is asked for without saying why.

use super::{Input, Rule};
use crate::parse::{Diagnostic, Findings, is_placeholder, quoted};

pub(super) const RULE: Rule = Rule::new("KW0142", "missing_reason", "a permission has no reason").over_manifests(check);

fn check(input: &Input<'_>, findings: &mut Findings) {
    for line in &input.manifest.permissions {
        let (place, message) = match line.reason.get() {
            Some(reason) if reason.value.trim().is_empty() => {
                (&reason.span, format!("the reason for permission {} is empty", quoted(&line.name.value)))
            }
            Some(reason) if is_placeholder(&reason.value) => {
                let message = format!("the reason for permission {} is a placeholder", quoted(&line.name.value));
                let help = "replace the dots by a phrase that tells an operator what the plugin does with it";
                findings.push(Diagnostic::new(RULE.code, input.source.place(&reason.span), message).help(help));
                continue;
            }
            None if line.reason.is_absent() => {
                (&line.name.span, format!("permission {} has no reason", quoted(&line.name.value)))
            }
            _ => continue,
        };
        let help = "add `reason = \"…\"`, a phrase that tells an operator what the plugin does with it";
        findings.push(Diagnostic::new(RULE.code, input.source.place(place), message).help(help));
    }
}
