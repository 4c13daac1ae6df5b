//! A name in the lock is none that a package, a person, a permission, a scope or a target can have.

use super::TAKE_IT_BACK;
use crate::parse::{Diagnostic, Findings, LONGEST_SCOPE, Named, Source, Spanned, quoted};
use crate::rules::Rule;

pub(super) const RULE: Rule = Rule::new("KW0810", "malformed_name", "a name in the lock is malformed");

/// A text that messages show and that stands on one line.
pub(in crate::lock) fn check_text(key: &str, written: &Spanned<String>, source: &Source, findings: &mut Findings) {
    let problem = if written.value.trim().is_empty() {
        "is empty"
    } else if written.value.chars().any(char::is_control) {
        "has a control character"
    } else {
        return;
    };
    let message = format!("`{key}` {problem}");
    findings.push(Diagnostic::new(RULE.code, source.place(&written.span), message).help(TAKE_IT_BACK));
}

/// The permission hash is made of lines, so a name or scope that could be two of them must not pass.
pub(in crate::lock) fn check_permission(entry: &Named<'_>, scopes: &[Spanned<String>], source: &Source, findings: &mut Findings) {
    let name = &entry.name;
    let is_name = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '\\');
    if name.value.is_empty() || !name.value.chars().all(is_name) {
        let message = format!("{} is no name of a permission", quoted(&name.value));
        findings.push(Diagnostic::new(RULE.code, source.place(&name.span), message).help(TAKE_IT_BACK));
    }
    for scope in scopes {
        if scope.value.is_empty() || scope.value.chars().count() > LONGEST_SCOPE || scope.value.chars().any(char::is_control) {
            let message = format!("{} is no scope of {}", quoted(&scope.value), quoted(&name.value));
            findings.push(Diagnostic::new(RULE.code, source.place(&scope.span), message).help(TAKE_IT_BACK));
        }
    }
    if scopes.is_empty() {
        let message = format!("permission {} has no scope", quoted(&name.value));
        findings.push(Diagnostic::new(RULE.code, source.place(&entry.value.span), message).help(TAKE_IT_BACK));
    }
}

/// Targets are named as rustc names them.
pub(in crate::lock) fn check_target(entry: &Named<'_>, source: &Source, findings: &mut Findings) {
    let name = &entry.name;
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if name.value.is_empty() || !name.value.chars().all(is_name) {
        let message = format!("{} is no name of a target", quoted(&name.value));
        let help = "write a target triple such as `x86_64-unknown-linux-gnu`";
        findings.push(Diagnostic::new(RULE.code, source.place(&name.span), message).help(help));
    }
}
