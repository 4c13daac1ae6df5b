//! How a surface is marked, so that it can be found in a file of any format.

/// What stands before the length.
pub(super) const START: &[u8] = b"\0KEYWAY-SURFACE\n";
/// Digits of the length, in decimal, with zeros before it. A line break follows.
pub(super) const DIGITS: usize = 10;
/// What stands behind the text.
pub(super) const END: &[u8] = b"\nKEYWAY-SURFACE-END\0";
/// All that stands before the text.
pub(super) const HEAD: usize = START.len() + DIGITS + 1;

/// The surfaces in the bytes of a program, of a library or of any other file, in the order in which they lie there, each once.
///
/// A program has one, unless it is more than one host.
#[must_use]
pub fn find(file: &[u8]) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = file;
    while let Some(start) = position(rest) {
        rest = &rest[start..];
        found.extend(framed(rest).filter(|text| !found.contains(text)));
        rest = &rest[START.len()..];
    }
    found
}

/// The text of a surface that [`write_surface`](super::write_surface) made.
///
/// Empty when it made none of these bytes.
#[must_use]
pub fn text_of(surface: &[u8]) -> &str {
    framed(surface).unwrap_or_default()
}

/// The text at the beginning of some bytes. The marks alone are no proof: they also stand in every program that looks for them.
fn framed(bytes: &[u8]) -> Option<&str> {
    let rest = bytes.strip_prefix(START)?;
    let (digits, rest) = rest.split_at_checked(DIGITS)?;
    let length: usize = std::str::from_utf8(digits).ok()?.parse().ok()?;
    let text = rest.strip_prefix(b"\n")?.get(..length)?;
    let behind = &rest[1 + length..];
    if behind.starts_with(END) { std::str::from_utf8(text).ok() } else { None }
}

/// Where a start mark stands next.
fn position(bytes: &[u8]) -> Option<usize> {
    // The second byte is rarer in a program than the first.
    let mut from = 1;
    loop {
        from += bytes.get(from..)?.iter().position(|&byte| byte == START[1])?;
        if bytes[from - 1..].starts_with(START) {
            return Some(from - 1);
        }
        from += 1;
    }
}
