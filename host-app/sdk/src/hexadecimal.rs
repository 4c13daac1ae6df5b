//! Bytes as text, for entity tags, tokens and revisions.

use std::fmt::Write;

/// Writes bytes as hexadecimal digits, two for each.
///
/// ```
/// assert_eq!(keyway_cms_sdk::hexadecimal(&[0, 0x1f, 255]), "001fff");
/// ```
#[must_use]
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
