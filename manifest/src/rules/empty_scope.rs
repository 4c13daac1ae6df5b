//! A permission is asked for without a scope, or with an empty one.

use super::{BadScope, Input, Rule};
use crate::parse::{Diagnostic, Findings, ScopeProblemClass, Source, kind_example, kind_name, quoted};

pub(super) const RULE: Rule = Rule::new("KW0143", "empty_scope", "a scope is missing or empty").over_manifests(check);

fn check(input: &Input<'_>, findings: &mut Findings) {
    for line in &input.manifest.permissions {
        let name = quoted(&line.name.value);
        let (span, message) = match line.scope.get() {
            Some(scopes) if scopes.value.is_empty() => (&scopes.span, format!("permission {name} has an empty list of scopes")),
            None if line.scope.is_absent() => (&line.name.span, format!("permission {name} has no scope")),
            _ => continue,
        };
        let kind = input.names.canonical(&line.name.value).and_then(|name| input.names.scope_kind(name));
        let help = match kind {
            Some(kind) => {
                format!("add `scope = [\"{}\"]`, or take the line away; each scope is {}", kind_example(kind), kind_name(kind))
            }
            None => "add `scope = [\"…\"]`, or take the line away".to_owned(),
        };
        findings.push(Diagnostic::new(RULE.code, input.source.place(span), message).help(help));
    }
    for bad in input.bad_scopes().filter(|bad| bad.problem.class == ScopeProblemClass::Empty) {
        bad.report(input.source, findings);
    }
}

pub(super) fn diagnostic(bad: &BadScope<'_>, source: &Source) -> Diagnostic {
    let message = format!("a scope of {} is empty", quoted(bad.permission));
    let help = format!("write {}, for example `\"{}\"`", kind_name(bad.kind), kind_example(bad.kind));
    Diagnostic::new(RULE.code, source.place(&bad.scope.span), message).help(help)
}

/// An `allow` or `deny` of `host.toml` with an empty list.
pub(crate) fn empty_rule(permission: &str, list: &std::ops::Range<usize>, source: &Source) -> Diagnostic {
    let message = format!("the rule about {} has an empty list of scopes", quoted(permission));
    let help = "write the scopes, `true` for every scope, or take the line away";
    Diagnostic::new(RULE.code, source.place(list), message).help(help)
}
