//! A scope is not of the form that its permission asks for.

use super::{BadScope, Input, Rule};
use crate::parse::{Diagnostic, Findings, ScopeProblemClass, Source, kind_example, kind_name, quoted};

pub(super) const RULE: Rule = Rule::new("KW0145", "malformed_scope", "a scope is malformed").over_manifests(check);

fn check(input: &Input<'_>, findings: &mut Findings) {
    for bad in input.bad_scopes().filter(|bad| bad.problem.class == ScopeProblemClass::Malformed) {
        bad.report(input.source, findings);
    }
}

pub(super) fn diagnostic(bad: &BadScope<'_>, source: &Source) -> Diagnostic {
    let message = format!("scope {} of {} {}", quoted(&bad.scope.value), quoted(bad.permission), bad.problem.detail);
    let help = match &bad.problem.suggestion {
        Some(suggestion) => format!("write `\"{suggestion}\"`"),
        None => format!("write {}, for example `\"{}\"`", kind_name(bad.kind), kind_example(bad.kind)),
    };
    Diagnostic::new(RULE.code, source.place(&bad.scope.span), message).help(help)
}
