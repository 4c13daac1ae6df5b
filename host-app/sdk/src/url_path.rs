//! URL paths: from what stands in a request to the text that paths of pages and scopes are written in, and back.

use std::fmt::Write;

/// Undoes the percent-encoding of a request's path, once.
///
/// `None` when an escape is malformed, the bytes are no UTF-8 text, or an escape hides a character that divides paths or means
/// something to an operating system: `/`, `\`, and control characters. The host answers such requests itself, so the path of every
/// request that a plugin sees can be decoded. It is also written in one way only, that of [`encode`], whatever the visitor sent.
///
/// ```
/// use keyway_cms_sdk::url_path::decode;
/// assert_eq!(decode("/na%C3%AFve%20page").as_deref(), Some("/naïve page"));
/// assert_eq!(decode("/a%2Fb"), None);
/// assert_eq!(decode("/100%"), None);
/// ```
#[must_use]
pub fn decode(path: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let byte = digit(rest.next()?)? << 4 | digit(rest.next()?)?;
        if matches!(byte, b'/' | b'\\') || byte.is_ascii_control() {
            return None;
        }
        bytes.push(byte);
    }
    String::from_utf8(bytes).ok()
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// Percent-encodes what may not stand in a URL path as it is, for links; `/` stays.
///
/// ```
/// use keyway_cms_sdk::url_path::encode;
/// assert_eq!(encode("/naïve page"), "/na%C3%AFve%20page");
/// ```
#[must_use]
pub fn encode(path: &str) -> String {
    let mut encoded = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~!$&'()*+,;=:@".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};

    #[test]
    fn what_was_encoded_decodes() {
        for path in ["/", "/a b", "/ä/ö", "/100%", "/a?b#c", "/\"<>"] {
            assert_eq!(decode(&encode(path)).as_deref(), Some(path));
        }
    }

    #[test]
    fn escapes_that_hide_something_are_refused() {
        for path in ["/%", "/%4", "/%zz", "/%+1", "/%2f", "/%5C", "/%00", "/%0a", "/%7f", "/%ff", "/%c3"] {
            assert_eq!(decode(path), None, "{path}");
        }
        assert_eq!(decode("/%2e%2e/x").as_deref(), Some("/../x"), "dots are for the scopes to refuse");
        assert_eq!(decode("/%252f").as_deref(), Some("/%2f"), "decoded once, not twice");
    }
}
