//! A digest is not of the form that digests have.

use super::TAKE_IT_BACK;
use crate::lock::DigestProblem;
use crate::parse::{Diagnostic, Source, Spanned, quoted};
use crate::rules::Rule;

pub(super) const RULE: Rule = Rule::new("KW0808", "malformed_digest", "a digest is malformed");

pub(in crate::lock) fn diagnostic(key: &str, written: &Spanned<String>, problem: &DigestProblem, source: &Source) -> Diagnostic {
    let message = format!("{} in `{key}` {problem}", quoted(&written.value));
    Diagnostic::new(RULE.code, source.place(&written.span), message).help(TAKE_IT_BACK)
}

/// The digest is well-formed, but of a scheme that cannot be compared where one must be.
pub(in crate::lock) fn not_comparable(key: &str, written: &Spanned<String>, source: &Source) -> Diagnostic {
    let message = format!("`{key}` is {}, of a scheme that this version of Keyway does not compare", quoted(&written.value));
    Diagnostic::new(RULE.code, source.place(&written.span), message).help("build with the version of Keyway that wrote the file")
}
