//! An id begins with a prefix that is kept for something else.

use super::{Input, Rule};
use crate::parse::{Diagnostic, Findings, Source, Spanned, is_service, quoted};

pub(super) const RULE: Rule = Rule::new("KW0123", "reserved_id", "an id has a reserved prefix").over_manifests(check);

fn check(input: &Input<'_>, findings: &mut Findings) {
    let manifest = input.manifest;
    if let Some(id) = manifest.id.get()
        && let Some(diagnostic) = own_id(id, input.source)
    {
        findings.push(diagnostic);
    }
    for conflict in manifest.conflicts.iter().filter(|line| is_service(&line.id.value)) {
        let message = format!("`[conflicts]` names plugins, but {} is a service", quoted(&conflict.id.value));
        let help = "name the plugin that provides it; or, to be the only provider, write `exclusive = true` below `[provides]`";
        findings.push(Diagnostic::new(RULE.code, input.source.place(&conflict.id.span), message).help(help));
    }
    for id in manifest.after.iter().chain(&manifest.before).filter(|id| is_service(&id.value)) {
        let message = format!("`[order]` names plugins, but {} is a service", quoted(&id.value));
        let help = format!(
            "name the plugin, or require the service: `\"{}\" = {{ version = \"*\", optional = true }}` below `[requires]`",
            id.value
        );
        findings.push(Diagnostic::new(RULE.code, input.source.place(&id.span), message).help(help));
    }
}

/// Checks the id of a plugin.
pub(crate) fn own_id(id: &Spanned<String>, source: &Source) -> Option<Diagnostic> {
    const RESERVED: &[(&str, &str)] = &[("service.", "services"), ("keyway.", "Keyway itself")];
    let (prefix, owner) = RESERVED.iter().find(|(prefix, _)| id.value.starts_with(prefix))?;
    let rest = id.value.trim_start_matches(prefix);
    let message = format!("plugin id {} begins with `{prefix}`, which is kept for {owner}", quoted(&id.value));
    let help = format!(
        "begin with the name of your project or host, for example `site.{}`",
        if rest.is_empty() { "example" } else { rest }
    );
    Some(Diagnostic::new(RULE.code, source.place(&id.span), message).help(help))
}
