//! A plugin, a permission or a target stands twice, through two spellings that TOML takes for different keys.

use std::ops::Range;

use crate::parse::{Diagnostic, Source, Spanned, quoted};
use crate::rules::Rule;

pub(super) const RULE: Rule = Rule::new("KW0806", "duplicate_lock_entry", "an entry of the lock stands twice");

pub(in crate::lock) fn diagnostic(second: &Spanned<String>, first: &Range<usize>, source: &Source) -> Diagnostic {
    Diagnostic::new(RULE.code, source.place(&second.span), format!("{} stands twice", quoted(&second.value)))
        .related("it stands here first", source.place(first))
        .help("keep one of the two, with its name in quotes")
}
