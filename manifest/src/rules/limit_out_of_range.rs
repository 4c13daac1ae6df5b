//! A limit is larger than can be counted, or negative.

use super::malformed_limit::{counted, measured};
use super::{Input, Rule};
use crate::parse::{Diagnostic, Findings, UnitProblem, quoted};

pub(super) const RULE: Rule = Rule::new("KW0152", "limit_out_of_range", "a limit is out of range").over_manifests(check);

fn check(input: &Input<'_>, findings: &mut Findings) {
    let limits = &input.manifest.limits;
    let huge = measured(limits).filter(|(_, measure, written)| measure.parse(&written.value) == Err(UnitProblem::Overflow));
    for (key, measure, written) in huge {
        let message = format!("limit `{key}` is {}, more than 64 bits can count", quoted(&written.value));
        let help = format!("write a smaller limit, for example `{key} = \"{}\"`, or take the line away", measure.example());
        findings.push(Diagnostic::new(RULE.code, input.source.place(&written.span), message).help(help));
    }
    for (key, count) in counted(limits).filter(|(_, count)| count.value < 0 || count.value > i64::from(u32::MAX)) {
        let message = format!("limit `{key}` is {}, not between 1 and {}", count.value, u32::MAX);
        findings.push(
            Diagnostic::new(RULE.code, input.source.place(&count.span), message)
                .help(format!("write, for example, `{key} = 16`")),
        );
    }
}
