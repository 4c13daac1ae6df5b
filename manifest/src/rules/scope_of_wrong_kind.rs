//! A scope has the form of another permission's scopes: a path where an origin belongs.

use super::{BadScope, Input, Rule};
use crate::ScopeKind;
use crate::parse::{Diagnostic, Findings, ScopeProblemClass, Source, kind_example, kind_name, quoted};

pub(super) const RULE: Rule =
    Rule::new("KW0146", "scope_of_wrong_kind", "a scope is of the wrong kind for its permission").over_manifests(check);

fn check(input: &Input<'_>, findings: &mut Findings) {
    for bad in input.bad_scopes().filter(|bad| matches!(bad.problem.class, ScopeProblemClass::WrongKind(_))) {
        bad.report(input.source, findings);
    }
}

pub(super) fn diagnostic(bad: &BadScope<'_>, other: ScopeKind, source: &Source) -> Diagnostic {
    let message = format!(
        "scope {} is {}, but {} takes {}",
        quoted(&bad.scope.value),
        kind_name(other),
        quoted(bad.permission),
        kind_name(bad.kind)
    );
    let owners: Vec<&str> = crate::PERMISSIONS.iter().filter(|spec| spec.scope == other).map(|spec| spec.name).collect();
    let help =
        format!("write, for example, `\"{}\"`; or move the scope to {}", kind_example(bad.kind), crate::parse::one_of(&owners));
    Diagnostic::new(RULE.code, source.place(&bad.scope.span), message).help(help)
}
