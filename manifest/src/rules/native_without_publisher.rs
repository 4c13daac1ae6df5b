//! Signatures are asked for, and there is nobody whose signature counts.

use std::ops::Range;

use super::Rule;
use crate::parse::{Diagnostic, Source};

pub(super) const RULE: Rule =
    Rule::new("KW0407", "native_without_publisher", "signatures are required, and no publisher is named");

/// `at` is the header of `[native]`.
pub(crate) fn diagnostic(at: &Range<usize>, source: &Source) -> Diagnostic {
    Diagnostic::new(RULE.code, source.place(at), "native plugins must be signed, and no publisher is named").help(
        "name one, `[native.publisher.\"Acme\"]` with its `keys` and `ids`, or write `require-signature = false`, or take `[native]` away",
    )
}
