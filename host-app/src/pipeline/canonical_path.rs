//! One way of writing each path, so that a plugin which compares paths as they came cannot be passed by writing one in another way.

use http::Uri;
use http::uri::PathAndQuery;
use keyway_cms_sdk::{Request, url_path};

/// Writes the path of a request, which is `decoded`, as [`url_path::encode`] does. The query stays as it is.
pub(super) fn set(request: &mut Request, decoded: &str) {
    // Most paths have nothing that could be written in two ways.
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
    if request.uri().path().bytes().all(is_plain) {
        return;
    }
    let mut written = url_path::encode(decoded);
    if written == request.uri().path() {
        return;
    }
    if let Some(query) = request.uri().query() {
        written.push('?');
        written.push_str(query);
    }
    let mut parts = request.uri().clone().into_parts();
    // What was encoded is a path, and the query was one before; if it were none, the plugins would see what the visitor wrote.
    parts.path_and_query = PathAndQuery::try_from(written).ok().or(parts.path_and_query);
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.uri_mut() = uri;
    }
}

#[cfg(test)]
mod tests {
    use keyway_cms_sdk::{Bytes, Request, url_path};

    use super::set;

    #[test]
    fn one_path_is_written_in_one_way() {
        for (sent, expected) in [
            ("/", "/"),
            ("/plain/path.html?a=%41", "/plain/path.html?a=%41"),
            ("/%6dembers", "/members"),
            ("/%6Dembers?next=%2F", "/members?next=%2F"),
            ("/caf%c3%a9", "/caf%C3%A9"),
            ("/caf%C3%A9", "/caf%C3%A9"),
            ("/a%20b%3Fc%23d%25", "/a%20b%3Fc%23d%25"),
            ("/it%27s(1)", "/it's(1)"),
            ("http://example.org/%61?b", "http://example.org/a?b"),
        ] {
            let mut request = Request::new(Bytes::new());
            *request.uri_mut() = sent.parse().expect(sent);
            let decoded = url_path::decode(request.uri().path()).expect(sent);
            set(&mut request, &decoded);
            assert_eq!(request.uri(), expected, "{sent}");
            assert_eq!(url_path::decode(request.uri().path()).as_deref(), Some(&*decoded), "{sent}");
        }
    }
}
