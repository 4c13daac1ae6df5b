//! A word in `[lock]` of `host.toml` is none that the key takes.

use super::Rule;
use crate::parse::{Diagnostic, Source, Spanned};

pub(super) const RULE: Rule = Rule::new("KW0800", "lock_value", "a value of `[lock]` is not understood");

/// The word is none of those that the key knows.
pub(crate) fn word(key: &str, written: &Spanned<String>, known: &[&str], source: &Source) -> Diagnostic {
    super::unknown_word(RULE.code, key, written, known, source)
}
