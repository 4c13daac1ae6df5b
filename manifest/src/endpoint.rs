//! Origins (`https://*.example.com:8443`) and addresses (`127.0.0.1:1965`) as scopes, compared part by part.

use crate::glob::{self, Case};
use crate::scope::{holds, split_first};

/// An origin or an address in its parts.
#[derive(Clone, Copy)]
pub(crate) struct Endpoint<'t> {
    scheme: &'t [u8],
    host: &'t [u8],
    port: &'t [u8],
}

impl<'t> Endpoint<'t> {
    /// Takes `scheme://host:port` apart; without a port it is the scheme's own. `None` for anything else.
    pub(crate) const fn origin(text: &'t [u8]) -> Option<Self> {
        let (scheme, Some([b'/', b'/', rest @ ..])) = split_first(text, b':') else { return None };
        if scheme.eq_ignore_ascii_case(b"http") || scheme.eq_ignore_ascii_case(b"ws") {
            Self::host_and_port(scheme, rest, b"80")
        } else if scheme.eq_ignore_ascii_case(b"https") || scheme.eq_ignore_ascii_case(b"wss") {
            Self::host_and_port(scheme, rest, b"443")
        } else {
            Self::host_and_port(scheme, rest, b"")
        }
    }

    /// Takes `host:port` apart. `None` when it is anything else.
    pub(crate) const fn address(text: &'t [u8]) -> Option<Self> {
        Self::host_and_port(b"", text, b"")
    }

    const fn host_and_port(scheme: &'t [u8], text: &'t [u8], default_port: &'t [u8]) -> Option<Self> {
        let (host, port) = cut_port(text, default_port);
        // The colons of an IPv6 host stand inside brackets.
        let is_bracketed = matches!(host, [b'[', .., b']']);
        if host.is_empty() || !is_host(host) || (holds(host, b':') && !is_bracketed) || !is_port(port) {
            return None;
        }
        Some(Self { scheme, host, port })
    }
}

/// Cuts at the last colon unless it stands inside brackets.
const fn cut_port<'t>(text: &'t [u8], default_port: &'t [u8]) -> (&'t [u8], &'t [u8]) {
    let mut index = text.len();
    while index > 0 && text[index - 1] != b']' {
        index -= 1;
        if text[index] == b':' {
            return (text.split_at(index).0, text.split_at(index + 1).1);
        }
    }
    (text, default_port)
}

/// Digits without a leading zero, so that one port has one spelling; or `*`.
const fn is_port(text: &[u8]) -> bool {
    let mut index = 0;
    while index < text.len() {
        if !text[index].is_ascii_digit() {
            return matches!(text, b"*");
        }
        index += 1;
    }
    matches!(text, b"0" | [b'1'..=b'9', ..])
}

/// Letters, digits, hyphens, underscores, dots, brackets and stars: nothing that could hide a user name, a path or a query.
const fn is_host(text: &[u8]) -> bool {
    let mut index = 0;
    while index < text.len() {
        if !text[index].is_ascii_alphanumeric() && !holds(b"-_.:[]*", text[index]) {
            return false;
        }
        index += 1;
    }
    true
}

/// Tells whether `wide` matches all that `narrow` does; malformed ones match nothing.
pub(crate) const fn covers(wide: Option<Endpoint<'_>>, narrow: Option<Endpoint<'_>>) -> bool {
    let (Some(wide), Some(narrow)) = (wide, narrow) else { return false };
    wide.scheme.eq_ignore_ascii_case(narrow.scheme)
        && glob::covers(wide.port, narrow.port, Case::Exact)
        && (is_any(wide.host) || (!is_any(narrow.host) && hosts_cover(wide.host, narrow.host)))
}

/// Tells whether something may be matched by both; malformed ones might be anything.
pub(crate) const fn overlap(left: Option<Endpoint<'_>>, right: Option<Endpoint<'_>>) -> bool {
    let (Some(left), Some(right)) = (left, right) else { return true };
    left.scheme.eq_ignore_ascii_case(right.scheme)
        && glob::overlap(left.port, right.port, Case::Exact)
        && (is_any(left.host) || is_any(right.host) || hosts_overlap(left.host, right.host))
}

/// The host `*`, which alone is not bound to one label.
const fn is_any(host: &[u8]) -> bool {
    matches!(host, b"*")
}

/// Label by label, so that `*.example.com` is one label below `example.com` and no other domain.
const fn hosts_cover(wide: &[u8], narrow: &[u8]) -> bool {
    let (mut wide, mut narrow) = (Some(wide), Some(narrow));
    while let (Some(wide_rest), Some(narrow_rest)) = (wide, narrow) {
        let (wide_label, narrow_label);
        (wide_label, wide) = split_first(wide_rest, b'.');
        (narrow_label, narrow) = split_first(narrow_rest, b'.');
        if !glob::covers(wide_label, narrow_label, Case::Ignored) {
            return false;
        }
    }
    wide.is_none() && narrow.is_none()
}

const fn hosts_overlap(left: &[u8], right: &[u8]) -> bool {
    let (mut left, mut right) = (Some(left), Some(right));
    while let (Some(left_rest), Some(right_rest)) = (left, right) {
        let (left_label, right_label);
        (left_label, left) = split_first(left_rest, b'.');
        (right_label, right) = split_first(right_rest, b'.');
        if !glob::overlap(left_label, right_label, Case::Ignored) {
            return false;
        }
    }
    left.is_none() && right.is_none()
}
