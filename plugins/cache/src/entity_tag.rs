//! Entity tags: how they are made and compared.

use keyway_cms_sdk::HeaderValue;
use sha2::{Digest, Sha256};

/// A weak tag made of the body's content.
pub(crate) fn of_body(body: &[u8]) -> HeaderValue {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    // Half of the hash is far more than telling two versions of a page apart needs.
    let hash = Sha256::digest(body);
    let mut tag = b"W/\"".to_vec();
    for byte in hash.iter().take(16) {
        tag.push(HEX[usize::from(byte >> 4)]);
        tag.push(HEX[usize::from(byte & 15)]);
    }
    tag.push(b'"');
    HeaderValue::from_bytes(&tag).unwrap_or_else(|_| HeaderValue::from_static("W/\"\""))
}

/// Whether a list of tags, as in `If-None-Match`, has this one by weak comparison. `*` has any. What is malformed matches nothing.
pub(crate) fn list_has(list: &str, tag: &str) -> bool {
    let wanted = opaque(tag);
    list.trim() == "*" || tags(list).any(|found| opaque(found) == wanted)
}

/// Whether a list of tags, as in `If-Match`, has this one by strong comparison: a weak tag is like no other, not even itself.
pub(crate) fn list_has_strong(list: &str, tag: &str) -> bool {
    list.trim() == "*" || (opaque(tag) == tag && tags(list).any(|found| found == tag))
}

/// The tags of a list, with their marks of weakness; it ends where the list is malformed.
fn tags(list: &str) -> impl Iterator<Item = &str> {
    let mut rest = list.trim();
    // Not split at commas: a tag may hold one.
    std::iter::from_fn(move || {
        let mark = if rest.starts_with("W/") { 2 } else { 0 };
        let end = rest.get(mark..)?.strip_prefix('"')?.find('"')?;
        let (found, after) = rest.split_at(mark + end + 2);
        rest = after.trim_start().strip_prefix(',').map_or("", |next| next.trim_start_matches([',', ' ', '\t']));
        Some(found)
    })
}

/// The tag without its mark of weakness.
fn opaque(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_compared_weakly() {
        for (list, tag, expected) in [
            ("*", "\"a\"", true),
            (" * ", "W/\"a\"", true),
            ("\"a\"", "\"a\"", true),
            ("W/\"a\"", "\"a\"", true),
            ("\"a\"", "W/\"a\"", true),
            ("\"x\", W/\"a\" ,\"y\"", "\"a\"", true),
            ("\"x\",, \"a\"", "\"a\"", true),
            ("\"x,\\\"\", \"a\"", "\"b\"", false),
            ("\"x,y\", \"a\"", "\"a\"", true),
            ("\"x,y\"", "\"y\"", false),
            ("\"a", "\"a\"", false),
            ("a", "\"a\"", false),
            ("w/\"a\"", "\"a\"", false),
            ("\"A\"", "\"a\"", false),
            ("", "\"a\"", false),
            ("\"a\" \"b\"", "\"b\"", false),
        ] {
            assert_eq!(list_has(list, tag), expected, "{list} has {tag}");
        }
    }

    #[test]
    fn tags_follow_the_content() {
        assert_eq!(of_body(b"a"), of_body(b"a"));
        assert_ne!(of_body(b"a"), of_body(b"b"));
    }
}
