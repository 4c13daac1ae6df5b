//! A permission is asked for twice, through the same or another spelling.

use super::{Input, Rule};
use crate::parse::{Diagnostic, Findings, folded, quoted};

pub(super) const RULE: Rule =
    Rule::new("KW0141", "duplicate_permission", "a permission is asked for twice").over_manifests(check);

fn check(input: &Input<'_>, findings: &mut Findings) {
    let lines = &input.manifest.permissions;
    for (index, line) in lines.iter().enumerate() {
        let name = &line.name.value;
        let Some(first) = lines[..index].iter().find(|first| folded(&first.name.value) == folded(name)) else { continue };
        let meant = input.names.canonical(name).unwrap_or(name);
        let message = if name == &first.name.value {
            format!("permission {} is asked for twice", quoted(name))
        } else {
            format!(
                "permission {} is asked for twice; {} is only another spelling of {}",
                quoted(meant),
                quoted(name),
                quoted(&first.name.value)
            )
        };
        findings.push(
            Diagnostic::new(RULE.code, input.source.place(&line.name.span), message)
                .related("it is asked for here first", input.source.place(&first.name.span))
                .help(format!("keep one line, `\"{meant}\"`, and join the scopes in its list")),
        );
    }
}
