//! The version of the saved state is zero, negative or too large.

use super::{Input, Rule};
use crate::parse::{Diagnostic, Findings};

pub(super) const RULE: Rule =
    Rule::new("KW0160", "invalid_state_version", "the state version is out of range").over_manifests(check);

fn check(input: &Input<'_>, findings: &mut Findings) {
    let Some(version) = input.manifest.state_version.get() else { return };
    if u32::try_from(version.value).is_ok_and(|version| version > 0) {
        return;
    }
    let message = format!("state version is {}, but versions count from 1 to {}", version.value, u32::MAX);
    let help = "write `version = 1` and add one with each change of the saved form; or take `[state]` away when nothing is saved";
    findings.push(Diagnostic::new(RULE.code, input.source.place(&version.span), message).help(help));
}
