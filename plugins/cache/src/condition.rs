//! The conditions of a request: whether they hold, and whether the client has what would be sent.

use keyway_cms_sdk::{HeaderMap, header};

use crate::entity_tag::{list_has, list_has_strong};

/// Whether the conditions of a request say that the client has this answer. `If-Modified-Since` counts only where there is no
/// `If-None-Match`.
pub(crate) fn is_unchanged(request: &HeaderMap, answer: &HeaderMap) -> bool {
    if request.contains_key(header::IF_NONE_MATCH) {
        let Some(tag) = text(answer, header::ETAG) else { return false };
        let mut lists = request.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
        return lists.any(|list| list_has(list, tag));
    }
    let since = text(request, header::IF_MODIFIED_SINCE).and_then(|date| httpdate::parse_http_date(date).ok());
    let modified = text(answer, header::LAST_MODIFIED).and_then(|date| httpdate::parse_http_date(date).ok());
    matches!((modified, since), (Some(modified), Some(since)) if modified <= since)
}

/// Whether the request wants an answer only if it is one that the client knows, and this is another. `If-Unmodified-Since` counts only
/// where there is no `If-Match`.
pub(crate) fn has_failed(request: &HeaderMap, answer: &HeaderMap) -> bool {
    if request.contains_key(header::IF_MATCH) {
        let tag = text(answer, header::ETAG).unwrap_or_default();
        let mut lists = request.get_all(header::IF_MATCH).iter().filter_map(|value| value.to_str().ok());
        return !lists.any(|list| list_has_strong(list, tag));
    }
    let since = text(request, header::IF_UNMODIFIED_SINCE).and_then(|date| httpdate::parse_http_date(date).ok());
    let modified = text(answer, header::LAST_MODIFIED).and_then(|date| httpdate::parse_http_date(date).ok());
    matches!((modified, since), (Some(modified), Some(since)) if modified > since)
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use keyway_cms_sdk::{HeaderName, HeaderValue};

    use super::*;

    fn headers(pairs: &[(HeaderName, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(name, HeaderValue::from_static(value));
        }
        headers
    }

    const MAY: &str = "Fri, 01 May 2026 00:00:00 GMT";
    const JUNE: &str = "Mon, 01 Jun 2026 00:00:00 GMT";

    #[test]
    fn a_tag_counts_before_a_date() {
        let answer = headers(&[(header::ETAG, "W/\"a\""), (header::LAST_MODIFIED, MAY)]);
        let unchanged = |request: &[(HeaderName, &'static str)]| is_unchanged(&headers(request), &answer);
        assert!(unchanged(&[(header::IF_NONE_MATCH, "\"a\"")]));
        assert!(unchanged(&[(header::IF_NONE_MATCH, "\"x\""), (header::IF_NONE_MATCH, "\"a\"")]));
        assert!(!unchanged(&[(header::IF_NONE_MATCH, "\"x\""), (header::IF_MODIFIED_SINCE, JUNE)]));
        assert!(!unchanged(&[]));
    }

    #[test]
    fn a_date_counts_alone() {
        let answer = headers(&[(header::LAST_MODIFIED, MAY)]);
        for (since, expected) in [(MAY, true), (JUNE, true), ("Wed, 01 Apr 2026 00:00:00 GMT", false), ("soon", false)] {
            assert_eq!(is_unchanged(&headers(&[(header::IF_MODIFIED_SINCE, since)]), &answer), expected, "{since}");
        }
        assert!(!is_unchanged(&headers(&[(header::IF_MODIFIED_SINCE, JUNE)]), &HeaderMap::new()));
    }
}
