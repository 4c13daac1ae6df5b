//! A permission that neither Keyway nor the host's SDK has.

use super::{Input, Rule};
use crate::parse::{Diagnostic, Findings, PermissionNames, Source, Spanned, quoted};

pub(super) const RULE: Rule = Rule::new("KW0140", "unknown_permission", "a permission is not known").over_manifests(check);

fn check(input: &Input<'_>, findings: &mut Findings) {
    let lines = &input.manifest.permissions;
    for (index, line) in lines.iter().enumerate() {
        // Another spelling of a permission that is asked for before is a duplicate, and rule `duplicate_permission` says so.
        let canonical = input.names.canonical(&line.name.value);
        let repeats =
            lines[..index].iter().any(|first| canonical.is_some() && input.names.canonical(&first.name.value) == canonical);
        if let Some(diagnostic) = examine(&line.name, input.names, input.source, OF_MANIFEST).filter(|_| !repeats) {
            findings.push(diagnostic);
        }
    }
}

/// What helps where no known name is near, in a manifest and in a policy.
const OF_MANIFEST: &str = "`docs/manifest.md` lists the permissions; one that your SDK declares is named in its documentation";
pub(crate) const OF_POLICY: &str = "`docs/manifest.md` lists the permissions; say of one that the SDK declares what its scopes are, in `host!`: `permissions = \
                                    [\"mail.send\" = Origin]`";

pub(crate) fn examine(
    name: &Spanned<String>,
    names: PermissionNames<'_>,
    source: &Source,
    otherwise: &str,
) -> Option<Diagnostic> {
    if names.scope_kind(&name.value).is_some() {
        return None;
    }
    let similar = names.nearest(&name.value);
    let help = match similar.first() {
        Some(near) => format!("write `\"{near}\"`"),
        None => otherwise.to_owned(),
    };
    let message = format!("permission {} is not known", quoted(&name.value));
    Some(Diagnostic::new(RULE.code, source.place(&name.span), message).similar(similar).help(help))
}
