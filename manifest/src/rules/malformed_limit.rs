//! A limit is not a whole number with a unit.

use super::{Input, Rule};
use crate::parse::{Diagnostic, Field, Findings, LimitLines, Measure, Spanned, UnitProblem, quoted};

pub(super) const RULE: Rule = Rule::new("KW0150", "malformed_limit", "a limit is malformed").over_manifests(check);

/// The limits with units that are written, with their keys.
pub(super) fn measured(limits: &LimitLines) -> impl Iterator<Item = (&'static str, Measure, &Spanned<String>)> {
    let fields: [(&str, Measure, &Field<String>); 5] = [
        ("memory", Measure::Size, &limits.memory),
        ("call", Measure::Duration, &limits.call),
        ("start", Measure::Duration, &limits.start),
        ("stop", Measure::Duration, &limits.stop),
        ("storage", Measure::Size, &limits.storage),
    ];
    fields.into_iter().filter_map(|(key, measure, field)| Some((key, measure, field.get()?)))
}

/// The limits without units that are written, with their keys.
pub(super) fn counted(limits: &LimitLines) -> impl Iterator<Item = (&'static str, &Spanned<i64>)> {
    let fields = [
        ("concurrent-calls", &limits.concurrent_calls),
        ("tasks", &limits.tasks),
        ("open-files", &limits.open_files),
        ("queued-events", &limits.queued_events),
    ];
    fields.into_iter().filter_map(|(key, field)| Some((key, field.get()?)))
}

fn check(input: &Input<'_>, findings: &mut Findings) {
    for (key, measure, written) in measured(&input.manifest.limits) {
        let Err(UnitProblem::Malformed(guess)) = measure.parse(&written.value) else { continue };
        let message =
            format!("limit `{key}` is {}, not a whole number with a unit ({})", quoted(&written.value), measure.units());
        let help = format!("write `{key} = \"{}\"`", guess.unwrap_or_else(|| measure.example().to_owned()));
        findings.push(Diagnostic::new(RULE.code, input.source.place(&written.span), message).help(help));
    }
}
