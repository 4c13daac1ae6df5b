//! A deprecated plugin does not tell its users what to do.

use super::{Input, Rule};
use crate::parse::{Diagnostic, Findings};

pub(super) const RULE: Rule = Rule::new("KW0128", "missing_notice", "a deprecated plugin has no notice").over_manifests(check);

fn check(input: &Input<'_>, findings: &mut Findings) {
    let manifest = input.manifest;
    let Some(stability) = manifest.stability.get().filter(|word| word.value == "deprecated") else { return };
    let empty = manifest.notice.get().is_some_and(|notice| notice.value.trim().is_empty());
    if manifest.notice.is_absent() || empty {
        let message = "the plugin is deprecated but does not say what to use instead";
        let help = "add, for example, `notice = \"use site.sitemap2 instead\"`";
        findings.push(Diagnostic::new(RULE.code, input.source.place(&stability.span), message).help(help));
    }
}
