//! A public key in `[native]` of `host.toml` is not in minisign's form.

use super::Rule;
use crate::parse::{Diagnostic, Source, Spanned, quoted};

pub(super) const RULE: Rule = Rule::new("KW0405", "native_key", "a public key is malformed");

/// Base64 of `Ed`, eight bytes of key id and a key of 32 bytes.
const LENGTH: usize = 56;

/// Examines the form of a key; whether it is a weak one is found out when it enters the keyring.
pub(crate) fn examine(key: &Spanned<String>, source: &Source) -> Option<Diagnostic> {
    let written = key.value.as_str();
    let problem = if written.starts_with("untrusted comment:") {
        "is a whole key file".to_owned()
    } else if !written.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')) {
        "has a character that base64 does not have".to_owned()
    } else if written.len() != LENGTH {
        format!("has {} characters, not {LENGTH}", written.len())
    } else if !written.starts_with("RW") || written.contains('=') {
        "is no Ed25519 key of minisign, which begins with `RW`".to_owned()
    } else {
        return None;
    };
    let help = "write the second line of the `.pub` file that `minisign -G` has made, in quotes";
    Some(Diagnostic::new(RULE.code, source.place(&key.span), format!("public key {} {problem}", quoted(written))).help(help))
}

/// The list of keys is empty.
pub(crate) fn none(publisher: &str, list: &std::ops::Range<usize>, source: &Source) -> Diagnostic {
    let message = format!("publisher {} has no key", quoted(publisher));
    Diagnostic::new(RULE.code, source.place(list), message).help("write the publisher's public key, or take the publisher away")
}
