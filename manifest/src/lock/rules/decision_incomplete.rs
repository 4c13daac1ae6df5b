//! A decision lacks what it must have, or has what it cannot have.

use crate::lock::model::{Decision, Verdict};
use crate::parse::{Diagnostic, Entry, Findings, Source, Value, quoted};
use crate::rules::Rule;

pub(super) const RULE: Rule = Rule::new("KW0812", "decision_incomplete", "a decision is not complete");

pub(in crate::lock) fn check(id: &str, decision: &Decision, entry: &Entry, source: &Source, findings: &mut Findings) {
    let Value::Table(table) = &entry.value.value else { return };
    let header = if table.header { &entry.value.span } else { &entry.key.span };
    if decision.verdict != Verdict::Approved && table.get("reason").is_none() {
        let message = format!("{} is {} without a reason", quoted(id), decision.verdict.as_str());
        findings.push(
            Diagnostic::new(RULE.code, source.place(header), message).help("add `reason = \"…\"`, a phrase that tells why"),
        );
    }
    if let (Some(until), false) = (table.get("until"), decision.verdict == Verdict::Approved) {
        let message = format!("{} is {}, and only what is approved has an end", quoted(id), decision.verdict.as_str());
        findings.push(Diagnostic::new(RULE.code, source.place(&until.key.span), message).help("take `until` away"));
    }
}
