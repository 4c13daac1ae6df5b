//! String operations that also run inside rustc, in few steps: eight or sixteen bytes at a time where that is possible.

use core::cmp::Ordering;

/// Tells whether two strings are equal.
pub(crate) const fn equal(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    if left.len() != right.len() {
        return false;
    }
    // Inside rustc every loop step and call has its price, so the last block overlaps the one before instead of going by bytes.
    if let (Some(left_tail), Some(right_tail)) = (left.last_chunk::<16>(), right.last_chunk::<16>()) {
        return u128::from_ne_bytes(*left_tail) == u128::from_ne_bytes(*right_tail)
            && equal_blocks(left.as_chunks::<16>().0, right.as_chunks::<16>().0);
    }
    if let (Some(left_tail), Some(right_tail)) = (left.last_chunk::<8>(), right.last_chunk::<8>()) {
        return u64::from_ne_bytes(*left_tail) == u64::from_ne_bytes(*right_tail)
            && u64::from_ne_bytes(left.as_chunks::<8>().0[0]) == u64::from_ne_bytes(right.as_chunks::<8>().0[0]);
    }
    compare_bytes(left, right).is_eq()
}

const fn equal_blocks(left: &[[u8; 16]], right: &[[u8; 16]]) -> bool {
    let mut index = 0;
    while index < left.len() {
        if u128::from_ne_bytes(left[index]) != u128::from_ne_bytes(right[index]) {
            return false;
        }
        index += 1;
    }
    true
}

/// Compares two strings byte by byte, like `str::cmp`.
pub(crate) const fn compare(left: &str, right: &str) -> Ordering {
    compare_bytes(left.as_bytes(), right.as_bytes())
}

/// Compares two byte strings, like `<[u8]>::cmp`.
pub(crate) const fn compare_bytes(left: &[u8], right: &[u8]) -> Ordering {
    let (left_blocks, left_rest) = left.as_chunks::<8>();
    let (right_blocks, right_rest) = right.as_chunks::<8>();
    let mut index = 0;
    while index < left_blocks.len() && index < right_blocks.len() {
        let (left_block, right_block) = (u64::from_be_bytes(left_blocks[index]), u64::from_be_bytes(right_blocks[index]));
        if left_block != right_block {
            return if left_block < right_block { Ordering::Less } else { Ordering::Greater };
        }
        index += 1;
    }
    if left_blocks.len() == right_blocks.len() {
        return compare_short(left_rest, right_rest);
    }
    compare_short(left.split_at(index * 8).1, right.split_at(index * 8).1)
}

const fn compare_short(left: &[u8], right: &[u8]) -> Ordering {
    let mut index = 0;
    while index < left.len() && index < right.len() {
        if left[index] != right[index] {
            return if left[index] < right[index] { Ordering::Less } else { Ordering::Greater };
        }
        index += 1;
    }
    if left.len() == right.len() {
        Ordering::Equal
    } else if left.len() < right.len() {
        Ordering::Less
    } else {
        Ordering::Greater
    }
}
