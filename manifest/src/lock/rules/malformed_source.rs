//! `source` is not of a form that it has, or `checksum` does not fit it.

use super::TAKE_IT_BACK;
use crate::lock::PluginSource;
use crate::lock::source::SourceProblem;
use crate::parse::{Diagnostic, Entry, Findings, Source, Spanned, quoted};
use crate::rules::Rule;

pub(super) const RULE: Rule = Rule::new("KW0809", "malformed_source", "the source of a plugin is malformed");

pub(in crate::lock) fn diagnostic(key: &str, written: &Spanned<String>, problem: &SourceProblem, source: &Source) -> Diagnostic {
    let message = format!("`{key}` is {}, which {problem}", quoted(&written.value));
    Diagnostic::new(RULE.code, source.place(&written.span), message).help(TAKE_IT_BACK)
}

/// Only what comes from a registry has a checksum there, and it always has.
pub(in crate::lock) fn check_checksum(
    origin: &PluginSource,
    written: &Entry,
    checksum: Option<&Entry>,
    source: &Source,
    findings: &mut Findings,
) {
    let (at, message) = match (origin, checksum) {
        (PluginSource::Registry(_), None) => {
            (&written.value.span, "a package from a registry has a `checksum`, and here is none")
        }
        (PluginSource::Path(_) | PluginSource::Git { .. } | PluginSource::Library, Some(checksum)) => {
            (&checksum.key.span, "only a package from a registry has a `checksum`")
        }
        _ => return,
    };
    findings.push(Diagnostic::new(RULE.code, source.place(at), message).help(TAKE_IT_BACK));
}
