//! The file is not UTF-8.

use std::string::FromUtf8Error;

use super::Rule;
use crate::parse::{Diagnostic, Place, quoted};

pub(super) const RULE: Rule = Rule::new("KW0104", "file_not_utf8", "the file is not UTF-8");

pub(crate) fn diagnostic(shown_as: &str, error: &FromUtf8Error) -> Diagnostic {
    let bytes = error.as_bytes();
    let at = error.utf8_error().valid_up_to();
    let line = bytes[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
    let message =
        format!("file {} is not UTF-8: byte {:#04x} at offset {at}, line {line}", quoted(shown_as), bytes.get(at).unwrap_or(&0));
    let help = if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        "the file is UTF-16: save it as UTF-8"
    } else {
        "save the file as UTF-8"
    };
    Diagnostic::new(RULE.code, Place::file(shown_as), message).help(help)
}
