//! What every plugin does, in eight variants, so that neither the optimiser nor the branch predictor takes them for one.

/// A few instructions on a short text: small enough that the call is what is measured.
#[inline]
#[must_use]
pub fn digest<const VARIANT: u32>(salt: u64, text: &str) -> u64 {
    let first = text.as_bytes().first().copied().unwrap_or_default();
    (text.len() as u64).wrapping_mul(salt).rotate_left(VARIANT) ^ u64::from(first)
}

/// The argument of every call: 13 bytes.
pub const TEXT: &str = "content/a.txt";
