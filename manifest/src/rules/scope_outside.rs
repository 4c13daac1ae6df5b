//! A path leaves the folder it is relative to.

use super::{BadScope, Input, Rule};
use crate::parse::{Diagnostic, Findings, ScopeProblemClass, Source, kind_example, quoted};

pub(super) const RULE: Rule =
    Rule::new("KW0144", "scope_outside", "a scope is absolute or leaves its root").over_manifests(check);

fn check(input: &Input<'_>, findings: &mut Findings) {
    for bad in input.bad_scopes().filter(|bad| bad.problem.class == ScopeProblemClass::Outside) {
        bad.report(input.source, findings);
    }
}

pub(super) fn diagnostic(bad: &BadScope<'_>, source: &Source) -> Diagnostic {
    let message = format!("scope {} of {} {}", quoted(&bad.scope.value), quoted(bad.permission), bad.problem.detail);
    let help = match &bad.problem.suggestion {
        Some(suggestion) => format!("write `\"{suggestion}\"`, relative to the folder that the host opens"),
        None => format!(
            "write it relative to the folder that the host opens, without `..`, for example `\"{}\"`",
            kind_example(bad.kind)
        ),
    };
    Diagnostic::new(RULE.code, source.place(&bad.scope.span), message).help(help)
}
