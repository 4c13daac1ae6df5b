//! Keeps pages of other sites from acting in a visitor's name: the rule of Go's `net/http.CrossOriginProtection`.

use http::header::{HOST, ORIGIN};
use http::{HeaderMap, Method, Uri};

/// Whether a request may change something: its method only reads, or it comes from this site, or no browser has sent it.
pub(super) fn is_allowed(method: &Method, headers: &HeaderMap, own: &str) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) || is_from_this_site(headers, own)
}

/// Whether a request comes from a page of this site, or from no browser at all. `own` is the site's public origin.
///
/// Browsers say `Sec-Fetch-Site` where the connection is safe, and `Origin` else; no page can forge or suppress them. A program without
/// either carries no cookies that it was not given.
pub(super) fn is_from_this_site(headers: &HeaderMap, own: &str) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return matches!(site.as_bytes(), b"same-origin" | b"none");
    }
    let Some(origin) = headers.get(ORIGIN) else { return true };
    let Ok(origin) = origin.to_str() else { return false };
    if origin.eq_ignore_ascii_case(own) {
        return true;
    }
    let from =
        origin.parse::<Uri>().ok().and_then(|uri| uri.authority().map(|authority| authority.as_str().to_ascii_lowercase()));
    let to = headers.get(HOST).and_then(|host| host.to_str().ok()).map(str::to_ascii_lowercase);
    from.is_some() && from == to
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName, Method};

    use super::is_allowed;

    fn post(headers: &[(&'static str, &str)]) -> bool {
        let pairs = headers.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().expect("a header")));
        is_allowed(&Method::POST, &pairs.collect::<HeaderMap>(), "https://example.org")
    }

    #[test]
    fn other_sites_may_read_and_not_write() {
        let cases: [(&[(&'static str, &str)], bool); 11] = [
            (&[], true),
            (&[("sec-fetch-site", "same-origin")], true),
            (&[("sec-fetch-site", "none")], true),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("sec-fetch-site", "cross-site"), ("origin", "https://example.org")], false),
            (&[("origin", "https://example.org"), ("host", "127.0.0.1:8080")], true),
            (&[("origin", "http://127.0.0.1:8080"), ("host", "127.0.0.1:8080")], true),
            (&[("origin", "http://127.0.0.1:8081"), ("host", "127.0.0.1:8080")], false),
            (&[("origin", "https://evil.example"), ("host", "example.org")], false),
            (&[("origin", "null"), ("host", "example.org")], false),
            (&[("origin", "https://evil.example")], false),
        ];
        for (headers, expected) in cases {
            assert_eq!(post(headers), expected, "{headers:?}");
        }
        let evil: HeaderMap =
            [(HeaderName::from_static("sec-fetch-site"), "cross-site".parse().expect("a header"))].into_iter().collect();
        for (method, expected) in [(Method::GET, true), (Method::HEAD, true), (Method::DELETE, false), (Method::PUT, false)] {
            assert_eq!(is_allowed(&method, &evil, ""), expected, "{method}");
        }
    }
}
