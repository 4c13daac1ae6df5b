//! The file begins with a byte-order mark.

use super::Rule;
use crate::parse::{Diagnostic, Source, quoted};

pub(super) const RULE: Rule = Rule::new("KW0105", "file_has_bom", "the file begins with a byte-order mark");

pub(crate) fn check(source: &Source) -> Option<Diagnostic> {
    let message = || format!("file {} begins with a byte-order mark (U+FEFF)", quoted(source.shown_as()));
    source.text().starts_with('\u{feff}').then(|| {
        Diagnostic::new(RULE.code, source.place(&(0..3)), message())
            .help("save the file as \"UTF-8\", not \"UTF-8 with BOM\"; or remove its first three bytes")
    })
}
