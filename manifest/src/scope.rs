//! Scopes of permissions: what a pattern matches, when one pattern covers another, and when two overlap.
//!
//! `*` stands for any characters, none included, but never for the divider of its kind: `/` for paths and routes, `.` for topics and
//! the host of an origin. A last segment `**` stands for one or more segments. Of an origin or address, the host `*` is any host and
//! the port `*` any port. Nothing here tries alternatives recursively: the time is at most the product of the two lengths.

use crate::ScopeKind;
use crate::endpoint::{self, Endpoint};
use crate::glob::{self, Case};

/// Tells whether a value lies in the scope of a pattern: `content/**` matches `content/blog/a.md`.
///
/// Values that could mean something else to whoever opens them never match: paths and routes with `.` or `..` segments, backslashes or
/// NUL; absolute paths, and paths with empty segments or colons; routes without a leading `/`; origins with a user, path or query.
#[must_use]
pub const fn scope_matches(kind: ScopeKind, pattern: &str, value: &str) -> bool {
    let is_plain = match kind {
        ScopeKind::Path => is_plain_path(value.as_bytes()),
        ScopeKind::Route => is_plain_route(value.as_bytes()),
        ScopeKind::Origin | ScopeKind::Address => true,
        ScopeKind::Table | ScopeKind::Program | ScopeKind::Variable | ScopeKind::Topic | ScopeKind::Name => true,
    };
    is_plain && scope_covers(kind, pattern, value)
}

/// Tells whether every value that `requested` matches is also matched by `allowed`. Never true when one is not.
#[must_use]
pub const fn scope_covers(kind: ScopeKind, allowed: &str, requested: &str) -> bool {
    let (allowed, requested) = (allowed.as_bytes(), requested.as_bytes());
    match kind {
        ScopeKind::Path | ScopeKind::Route => segments_cover(allowed, requested, b'/'),
        ScopeKind::Topic => segments_cover(allowed, requested, b'.'),
        ScopeKind::Origin => endpoint::covers(Endpoint::origin(allowed), Endpoint::origin(requested)),
        ScopeKind::Address => endpoint::covers(Endpoint::address(allowed), Endpoint::address(requested)),
        ScopeKind::Table | ScopeKind::Program | ScopeKind::Variable | ScopeKind::Name => {
            glob::covers(allowed, requested, Case::Exact)
        }
    }
}

/// Tells whether some value may be matched by both patterns. Never false when there is one, and true for malformed origins and addresses.
#[must_use]
pub const fn scope_overlaps(kind: ScopeKind, left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    match kind {
        ScopeKind::Path | ScopeKind::Route => segments_overlap(left, right, b'/'),
        ScopeKind::Topic => segments_overlap(left, right, b'.'),
        ScopeKind::Origin => endpoint::overlap(Endpoint::origin(left), Endpoint::origin(right)),
        ScopeKind::Address => endpoint::overlap(Endpoint::address(left), Endpoint::address(right)),
        ScopeKind::Table | ScopeKind::Program | ScopeKind::Variable | ScopeKind::Name => glob::overlap(left, right, Case::Exact),
    }
}

const fn segments_cover(allowed: &[u8], requested: &[u8], divider: u8) -> bool {
    let (mut allowed, mut requested) = (Some(allowed), Some(requested));
    while let (Some(allowed_rest), Some(requested_rest)) = (allowed, requested) {
        if is_deep(allowed_rest) {
            return true;
        }
        if is_deep(requested_rest) {
            return false;
        }
        let (allowed_segment, requested_segment);
        (allowed_segment, allowed) = split_first(allowed_rest, divider);
        (requested_segment, requested) = split_first(requested_rest, divider);
        if !glob::covers(allowed_segment, requested_segment, Case::Exact) {
            return false;
        }
    }
    allowed.is_none() && requested.is_none()
}

const fn segments_overlap(left: &[u8], right: &[u8], divider: u8) -> bool {
    let (mut left, mut right) = (Some(left), Some(right));
    while let (Some(left_rest), Some(right_rest)) = (left, right) {
        if is_deep(left_rest) || is_deep(right_rest) {
            return true;
        }
        let (left_segment, right_segment);
        (left_segment, left) = split_first(left_rest, divider);
        (right_segment, right) = split_first(right_rest, divider);
        if !glob::overlap(left_segment, right_segment, Case::Exact) {
            return false;
        }
    }
    left.is_none() && right.is_none()
}

/// Whether the rest of a pattern is the last segment `**`.
const fn is_deep(rest: &[u8]) -> bool {
    matches!(rest, [b'*', b'*'])
}

/// Cuts at the first divider; the rest is `None` when there is no divider.
pub(crate) const fn split_first(text: &[u8], divider: u8) -> (&[u8], Option<&[u8]>) {
    let mut index = 0;
    while index < text.len() {
        if text[index] == divider {
            return (text.split_at(index).0, Some(text.split_at(index + 1).1));
        }
        index += 1;
    }
    (text, None)
}

/// Whether a route is free of segments that a router may read as something else.
const fn is_plain_route(value: &[u8]) -> bool {
    let [b'/', below @ ..] = value else { return false };
    let mut remaining = Some(below);
    while let Some(rest) = remaining {
        let segment;
        (segment, remaining) = split_first(rest, b'/');
        if !is_plain_segment(segment) {
            return false;
        }
    }
    true
}

/// Whether a path is relative, normal, and free of what an operating system may read as something else: a colon stands beside
/// drive letters and stream names.
const fn is_plain_path(value: &[u8]) -> bool {
    let mut remaining = Some(value);
    while let Some(rest) = remaining {
        let segment;
        (segment, remaining) = split_first(rest, b'/');
        if segment.is_empty() || !is_plain_segment(segment) || holds(segment, b':') {
            return false;
        }
    }
    true
}

const fn is_plain_segment(segment: &[u8]) -> bool {
    !matches!(segment, b"." | b"..") && !holds(segment, b'\\') && !holds(segment, 0)
}

pub(crate) const fn holds(text: &[u8], wanted: u8) -> bool {
    let mut index = 0;
    while index < text.len() {
        if text[index] == wanted {
            return true;
        }
        index += 1;
    }
    false
}
