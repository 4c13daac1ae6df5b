//! `order` names a plugin that the lock does not have, or one twice.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::parse::{Diagnostic, Findings, Source, Spanned, quoted};
use crate::rules::Rule;

pub(super) const RULE: Rule = Rule::new("KW0814", "unknown_in_order", "the start order does not fit the plugins of the lock");

pub(in crate::lock) fn check(
    order: &[Spanned<String>],
    plugins: &BTreeMap<String, Range<usize>>,
    source: &Source,
    findings: &mut Findings,
) {
    let mut seen: BTreeMap<&str, &Range<usize>> = BTreeMap::new();
    for id in order {
        let place = source.place(&id.span);
        if let Some(first) = seen.insert(&id.value, &id.span) {
            let message = format!("`order` names {} twice", quoted(&id.value));
            let diagnostic = Diagnostic::new(RULE.code, place, message).related("it is named here first", source.place(first));
            findings.push(diagnostic.help("run `cargo keyway lock`, which writes the order anew"));
        } else if !plugins.contains_key(&id.value) {
            let message = format!("`order` names {}, which the lock does not have", quoted(&id.value));
            findings
                .push(Diagnostic::new(RULE.code, place, message).help("run `cargo keyway lock`, which writes the order anew"));
        }
    }
}
