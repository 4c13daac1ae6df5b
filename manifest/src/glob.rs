//! Patterns with `*` for any characters, over plain bytes: one segment of a path, one label of a host, or a whole name.

/// Whether letters differ by case.
#[derive(Clone, Copy)]
pub(crate) enum Case {
    /// `a` and `A` are two letters.
    Exact,
    /// `a` and `A` are one letter, as in host names.
    Ignored,
}

impl Case {
    const fn same(self, left: u8, right: u8) -> bool {
        match self {
            Self::Exact => left == right,
            Self::Ignored => left.eq_ignore_ascii_case(&right),
        }
    }
}

/// Tells whether `wide` matches everything that `narrow` does.
///
/// `narrow` may be a pattern or a value: a star in it is a character that only a star of `wide` takes, since no letter stands for all
/// that a star does. On a mismatch only the last star is tried again, so the time is at most the product of the lengths.
pub(crate) const fn covers(wide: &[u8], narrow: &[u8], case: Case) -> bool {
    let (mut at, mut position) = (0, 0);
    let (mut after_star, mut star_position) = (None, 0);
    while position < narrow.len() {
        if at < wide.len() && wide[at] == b'*' {
            at += 1;
            (after_star, star_position) = (Some(at), position);
        } else if at < wide.len() && case.same(wide[at], narrow[position]) {
            at += 1;
            position += 1;
        } else if let Some(restart) = after_star {
            star_position += 1;
            (at, position) = (restart, star_position);
        } else {
            return false;
        }
    }
    while at < wide.len() && wide[at] == b'*' {
        at += 1;
    }
    at == wide.len()
}

/// Tells whether some text is matched by both patterns.
pub(crate) const fn overlap(left: &[u8], right: &[u8], case: Case) -> bool {
    if !has_star(left) {
        return covers(right, left, case);
    }
    if !has_star(right) {
        return covers(left, right, case);
    }
    // With a star on both sides, each takes what the other has between its ends; only the ends must agree.
    ends_agree(left, right, case)
}

const fn has_star(pattern: &[u8]) -> bool {
    let mut index = 0;
    while index < pattern.len() {
        if pattern[index] == b'*' {
            return true;
        }
        index += 1;
    }
    false
}

/// Whether what stands before the first stars, and behind the last ones, could be the beginning and the end of one text.
const fn ends_agree(left: &[u8], right: &[u8], case: Case) -> bool {
    let mut index = 0;
    while left[index] != b'*' && right[index] != b'*' {
        if !case.same(left[index], right[index]) {
            return false;
        }
        index += 1;
    }
    index = 1;
    while left[left.len() - index] != b'*' && right[right.len() - index] != b'*' {
        if !case.same(left[left.len() - index], right[right.len() - index]) {
            return false;
        }
        index += 1;
    }
    true
}
