//! String operations that also run inside rustc, in few steps.
//!
//! Inside rustc each turn of a loop and each call counts, those inside the standard library too; slice patterns cost neither. At run time
//! the compiler makes one load of the eight bytes.

use core::cmp::Ordering;

/// Tells whether two strings are equal.
pub(crate) const fn equal(left: &str, right: &str) -> bool {
    let (mut left, mut right) = (left.as_bytes(), right.as_bytes());
    while let ([a, b, c, d, e, f, g, h, left_rest @ ..], [i, j, k, l, m, n, o, p, right_rest @ ..]) = (left, right) {
        if *a != *i || *b != *j || *c != *k || *d != *l || *e != *m || *f != *n || *g != *o || *h != *p {
            return false;
        }
        (left, right) = (left_rest, right_rest);
    }
    while let ([first, left_rest @ ..], [second, right_rest @ ..]) = (left, right) {
        if *first != *second {
            return false;
        }
        (left, right) = (left_rest, right_rest);
    }
    matches!((left, right), ([], []))
}

/// Compares two strings byte by byte, like `str::cmp`.
pub(crate) const fn compare(left: &str, right: &str) -> Ordering {
    compare_bytes(left.as_bytes(), right.as_bytes())
}

/// Compares two byte strings, like `<[u8]>::cmp`.
pub(crate) const fn compare_bytes(left: &[u8], right: &[u8]) -> Ordering {
    let (mut left, mut right) = (left, right);
    while let ([a, b, c, d, e, f, g, h, left_rest @ ..], [i, j, k, l, m, n, o, p, right_rest @ ..]) = (left, right) {
        let left_word = word([*a, *b, *c, *d, *e, *f, *g, *h]);
        let right_word = word([*i, *j, *k, *l, *m, *n, *o, *p]);
        if left_word != right_word {
            return if left_word < right_word { Ordering::Less } else { Ordering::Greater };
        }
        (left, right) = (left_rest, right_rest);
    }
    while let ([first, left_rest @ ..], [second, right_rest @ ..]) = (left, right) {
        if *first != *second {
            return if *first < *second { Ordering::Less } else { Ordering::Greater };
        }
        (left, right) = (left_rest, right_rest);
    }
    match (left, right) {
        ([], []) => Ordering::Equal,
        ([], _) => Ordering::Less,
        _ => Ordering::Greater,
    }
}

/// How many bytes two strings have in common at their beginnings.
pub(crate) const fn common_prefix(left: &str, right: &str) -> usize {
    let (mut left, mut right) = (left.as_bytes(), right.as_bytes());
    let mut length = 0;
    while let ([a, b, c, d, e, f, g, h, left_rest @ ..], [i, j, k, l, m, n, o, p, right_rest @ ..]) = (left, right) {
        if *a != *i || *b != *j || *c != *k || *d != *l || *e != *m || *f != *n || *g != *o || *h != *p {
            break;
        }
        length += 8;
        (left, right) = (left_rest, right_rest);
    }
    while let ([first, left_rest @ ..], [second, right_rest @ ..]) = (left, right)
        && *first == *second
    {
        length += 1;
        (left, right) = (left_rest, right_rest);
    }
    length
}

/// Eight bytes as a number that compares as they do.
const fn word(bytes: [u8; 8]) -> u64 {
    let [a, b, c, d, e, f, g, h] = bytes;
    (a as u64) << 56
        | (b as u64) << 48
        | (c as u64) << 40
        | (d as u64) << 32
        | (e as u64) << 24
        | (f as u64) << 16
        | (g as u64) << 8
        | h as u64
}

/// The sixteen bytes from `start`, zeros where there are none, as a number; where two of them differ, the strings compare as they do.
pub(crate) const fn sort_key(text: &str, start: usize) -> u128 {
    let bytes = text.as_bytes();
    let end = if bytes.len() < start + 16 { bytes.len() } else { start + 16 };
    let (mut key, mut index) = (0, start);
    while index < end {
        key = key << 8 | bytes[index] as u128;
        index += 1;
    }
    // An id that ends where the shared beginning ends has no byte to be moved up.
    if end == start { 0 } else { key << (8 * (start + 16 - end)) }
}
