//! A limit of zero, under which the plugin could do nothing.

use super::malformed_limit::{counted, measured};
use super::{Input, Rule};
use crate::parse::{Diagnostic, Findings, UnitProblem};

pub(super) const RULE: Rule = Rule::new("KW0151", "zero_limit", "a limit is zero").over_manifests(check);

fn check(input: &Input<'_>, findings: &mut Findings) {
    let limits = &input.manifest.limits;
    let zeros = measured(limits).filter(|(_, measure, written)| measure.parse(&written.value) == Err(UnitProblem::Zero));
    let zeros = zeros.map(|(key, _, written)| (key, &written.span));
    let none = counted(limits).filter(|(_, count)| count.value == 0).map(|(key, count)| (key, &count.span));
    for (key, span) in zeros.chain(none) {
        let message = format!("limit `{key}` is zero, so the plugin could never run");
        findings.push(
            Diagnostic::new(RULE.code, input.source.place(span), message)
                .help("write a larger limit, or take the line away for the host's default"),
        );
    }
}
