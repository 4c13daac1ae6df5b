//! What is provided is not called a service.

use super::{Input, Rule};
use crate::parse::{Diagnostic, Findings, form_problem, is_service, quoted};

pub(super) const RULE: Rule =
    Rule::new("KW0134", "provided_id_not_service", "a provided id does not begin with `service.`").over_manifests(check);

fn check(input: &Input<'_>, findings: &mut Findings) {
    for line in input.manifest.provides.iter().filter(|line| !is_service(&line.id.value)) {
        let id = &line.id.value;
        let message = format!("{} is provided, but services have ids that begin with `service.`", quoted(id));
        let last = id.rsplit('.').next().unwrap_or("").to_ascii_lowercase();
        let name = if form_problem(&format!("service.{last}")).is_none() { last.as_str() } else { "example" };
        let help = format!("write `\"service.{name}\"`, in the plugins that require it too");
        findings.push(Diagnostic::new(RULE.code, input.source.place(&line.id.span), message).help(help));
    }
}
