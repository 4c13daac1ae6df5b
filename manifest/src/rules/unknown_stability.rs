//! `stability` is none of its five words.

use super::{Input, Rule};
use crate::parse::{Diagnostic, Findings, nearest, one_of, quoted, stability};
use crate::schema::STABILITIES;

pub(super) const RULE: Rule = Rule::new("KW0127", "unknown_stability", "the stability is not known").over_manifests(check);

fn check(input: &Input<'_>, findings: &mut Findings) {
    let Some(written) = input.manifest.stability.get() else { return };
    if !written.value.is_empty() && stability(&written.value).is_some() {
        return;
    }
    let similar = nearest(&written.value, STABILITIES.iter().copied());
    let help = match (similar.first(), written.value.as_str()) {
        (Some(near), _) => format!("write `\"{near}\"`"),
        (None, "experimental" | "dev" | "unstable" | "wip") => "write `\"development\"`".to_owned(),
        (None, "ga" | "production" | "released" | "release") => "write `\"stable\"`".to_owned(),
        (None, _) => format!("write {}", one_of(STABILITIES)),
    };
    let message = format!("stability {} is not known", quoted(&written.value));
    findings.push(Diagnostic::new(RULE.code, input.source.place(&written.span), message).similar(similar).help(help));
}
