//! Precedence of pre-release identifiers such as `rc.1` (<https://semver.org/#spec-item-11>), also inside rustc.

use core::cmp::Ordering;

/// Compares what stands behind the hyphen. A release, which has nothing there, comes after all its pre-releases.
pub(crate) const fn compare(left: &str, right: &str) -> Ordering {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    match (left.is_empty(), right.is_empty()) {
        (true, true) => return Ordering::Equal,
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    let (mut left_start, mut right_start) = (0, 0);
    loop {
        let left_end = identifier_end(left, left_start);
        let right_end = identifier_end(right, right_start);
        let order = compare_identifiers(part(left, left_start, left_end), part(right, right_start, right_end));
        if order.is_ne() {
            return order;
        }
        match (left_end == left.len(), right_end == right.len()) {
            (true, true) => return Ordering::Equal,
            (true, false) => return Ordering::Less,
            (false, true) => return Ordering::Greater,
            (false, false) => (left_start, right_start) = (left_end + 1, right_end + 1),
        }
    }
}

/// Numbers come before words; numbers compare by value (they have no leading zeros), words byte by byte.
const fn compare_identifiers(left: &[u8], right: &[u8]) -> Ordering {
    match (is_number(left), is_number(right)) {
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (true, true) if left.len() != right.len() => {
            if left.len() < right.len() {
                Ordering::Less
            } else {
                Ordering::Greater
            }
        }
        (true, true) | (false, false) => crate::text::compare_bytes(left, right),
    }
}

const fn is_number(identifier: &[u8]) -> bool {
    let mut index = 0;
    while index < identifier.len() {
        if !identifier[index].is_ascii_digit() {
            return false;
        }
        index += 1;
    }
    true
}

const fn identifier_end(text: &[u8], start: usize) -> usize {
    let mut end = start;
    while end < text.len() && text[end] != b'.' {
        end += 1;
    }
    end
}

const fn part(text: &[u8], start: usize, end: usize) -> &[u8] {
    text.split_at(end).0.split_at(start).1
}
