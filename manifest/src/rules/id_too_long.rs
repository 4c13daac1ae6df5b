//! An id is longer than tables, logs and file names can carry.

use super::{Input, Rule};
use crate::parse::{Diagnostic, Findings, LONGEST_ID, Source, Spanned, quoted};

pub(super) const RULE: Rule = Rule::new("KW0121", "id_too_long", "an id is too long").over_manifests(check);

fn check(input: &Input<'_>, findings: &mut Findings) {
    for id in input.ids() {
        if let Some(diagnostic) = examine(id, input.source) {
            findings.push(diagnostic);
        }
    }
}

pub(crate) fn examine(id: &Spanned<String>, source: &Source) -> Option<Diagnostic> {
    let length = id.value.chars().count();
    (length > LONGEST_ID).then(|| {
        let message = format!("id {} has {length} characters, and ids have {LONGEST_ID} at most", quoted(&id.value));
        Diagnostic::new(RULE.code, source.place(&id.span), message)
            .help("shorten it; three or four segments are enough for most plugins")
    })
}
