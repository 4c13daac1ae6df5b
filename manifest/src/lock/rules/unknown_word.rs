//! `tier` or `decision` is none of its words.

use crate::parse::{Diagnostic, Source, Spanned};
use crate::rules::Rule;

pub(super) const RULE: Rule = Rule::new("KW0807", "unknown_word", "a word of the lock is not known");

pub(in crate::lock) fn diagnostic(key: &str, written: &Spanned<String>, known: &[&str], source: &Source) -> Diagnostic {
    crate::rules::unknown_word(RULE.code, key, written, known, source)
}
