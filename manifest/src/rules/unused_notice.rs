//! A notice is written, but nobody will see it: the plugin is not deprecated. A warning.

use super::{Input, Rule};
use crate::parse::{Diagnostic, Findings};

pub(super) const RULE: Rule = Rule::new("KW0129", "unused_notice", "a notice is never shown").over_manifests(check);

fn check(input: &Input<'_>, findings: &mut Findings) {
    let manifest = input.manifest;
    let deprecated = manifest.stability.text() == "deprecated";
    let settled = manifest.stability.get().is_some() || manifest.stability.is_absent();
    if let Some(notice) = manifest.notice.get().filter(|_| settled && !deprecated) {
        let message = "the notice is never shown, because the plugin is not deprecated";
        let help = "take the line away, or write `stability = \"deprecated\"`";
        findings.push(Diagnostic::new(RULE.code, input.source.place(&notice.span), message).warning().help(help));
    }
}
