//! A key that its table in the lock does not have.

use super::missing_lock_key::table_name;
use crate::parse::{Diagnostic, Fault, Findings, Source, nearest, quoted};
use crate::rules::Rule;

pub(super) const RULE: Rule = Rule::new("KW0804", "unknown_lock_key", "a key of the lock is not known");

pub(in crate::lock) fn check(faults: &[Fault<'_>], source: &Source, findings: &mut Findings) {
    for fault in faults {
        let Fault::UnknownKey { key, table, known, .. } = fault else { continue };
        let similar = nearest(&key.value, known.iter().map(|key| key.name));
        let help = match similar.first() {
            Some(near) => format!("write `{near}`"),
            None => "take it away, or use the version of Keyway that wrote it".to_owned(),
        };
        let message = format!("{} has no key {}", table_name(table), quoted(&key.value));
        findings.push(Diagnostic::new(RULE.code, source.place(&key.span), message).similar(similar).help(help));
    }
}
