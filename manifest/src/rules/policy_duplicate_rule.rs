//! Two rules of the same table are about the same permission.

use super::Rule;
use crate::parse::{Diagnostic, Source, Spanned, quoted};

pub(super) const RULE: Rule = Rule::new("KW0403", "policy_duplicate_rule", "two rules are about the same permission");

pub(crate) fn diagnostic(second: &Spanned<String>, first: &Spanned<String>, verb: &str, source: &Source) -> Diagnostic {
    let message = if second.value == first.value {
        format!("`{verb}` lists {} twice", quoted(&second.value))
    } else {
        format!("`{verb}` lists {} twice; {} is only another spelling of it", quoted(&first.value), quoted(&second.value))
    };
    Diagnostic::new(RULE.code, source.place(&second.span), message)
        .related("it is listed here first", source.place(&first.span))
        .help("keep one line and join the scopes in its list")
}
