//! The manifest does not say which versions of the host's SDK it was written for.

use super::{Input, Rule};
use crate::parse::{Diagnostic, Findings};

pub(super) const RULE: Rule = Rule::new("KW0125", "missing_host", "the host range is missing").over_manifests(check);

fn check(input: &Input<'_>, findings: &mut Findings) {
    let Some(header) = &input.manifest.plugin_header else { return }; // Rule `missing_key` reports the table.
    let is_table =
        !input.faults.iter().any(|fault| matches!(fault, crate::parse::Fault::WrongType { key, .. } if key == "plugin"));
    if input.manifest.host.is_absent() && is_table {
        let message = "`[plugin]` does not say which versions of the host it was written for";
        let help = "add `host = \"^0.1\"`, with the version of the SDK that your Cargo.toml depends on";
        findings.push(Diagnostic::new(RULE.code, input.source.place(header), message).help(help));
    }
}
