//! The lock is written in another version of the format.

use crate::lock::keys::LOCK_VERSION;
use crate::parse::{Diagnostic, Source, Table, Value};
use crate::rules::Rule;

pub(super) const RULE: Rule = Rule::new("KW0803", "lock_version", "the version of the lock is not known");

/// Nothing else is reported about such a file: what its keys mean is not known.
pub(in crate::lock) fn check(document: &Table, source: &Source) -> Option<Diagnostic> {
    let value = &document.get("lock-version")?.value;
    let Value::Integer(Some(version)) = value.value else { return None };
    if version == LOCK_VERSION {
        return None;
    }
    let help = if version > LOCK_VERSION {
        "build with the version of Keyway that wrote the file, or a later one"
    } else {
        "take the file back from version control"
    };
    let message = format!("`lock-version` is {version}, but this version of Keyway reads {LOCK_VERSION}");
    Some(Diagnostic::new(RULE.code, source.place(&value.span), message).help(help))
}
