//! Whether a form was sent from a page of the session that it is sent in.

use keyway_cms_sdk::{Form, Method, Request, hexadecimal};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The header in which scripts send the token.
const HEADER: &str = "x-csrf-token";

/// The field in which forms send the token.
pub(crate) const FIELD: &str = "csrf";

/// The token of a session, made from its cookie: nothing more has to be kept, and it does not tell the cookie.
pub(crate) fn token(cookie: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(b"keyway-cms csrf\0");
    hash.update(cookie.as_bytes());
    hexadecimal(&hash.finalize())
}

/// Whether two secrets are equal, in a time that does not tell where they differ.
pub(crate) fn is_same(one: &str, other: &str) -> bool {
    !one.is_empty() && bool::from(one.as_bytes().ct_eq(other.as_bytes()))
}

/// Whether a request may be done in a session with this token: it only reads, or it carries the token.
pub(crate) fn is_allowed(request: &Request, token: &str) -> bool {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return true;
    }
    match request.headers().get(HEADER) {
        Some(sent) => sent.to_str().is_ok_and(|sent| is_same(sent, token)),
        None => Form::of(request).is_some_and(|form| is_same(form.get(FIELD), token)),
    }
}

#[cfg(test)]
mod tests {
    use keyway_cms_sdk::{Bytes, Request, http};

    use super::{is_allowed, token};

    fn request(method: &str, header: Option<&str>, body: &str) -> Request {
        let mut request = http::Request::builder().method(method).header("content-type", "application/x-www-form-urlencoded");
        if let Some(sent) = header {
            request = request.header("x-csrf-token", sent);
        }
        request.body(Bytes::copy_from_slice(body.as_bytes())).expect("a request")
    }

    #[test]
    fn what_changes_something_carries_the_token_of_its_session() {
        let (own, others) = (token("a"), token("b"));
        assert_ne!(own, others);
        for (method, header, body, expected) in [
            ("GET", None, String::new(), true),
            ("POST", None, String::new(), false),
            ("POST", None, "csrf=".to_owned(), false),
            ("POST", None, format!("csrf={others}"), false),
            ("POST", None, format!("csrf={own}x"), false),
            ("POST", None, format!("csrf={own}"), true),
            ("POST", Some(own.as_str()), String::new(), true),
            ("POST", Some(others.as_str()), format!("csrf={own}"), false),
            ("DELETE", None, String::new(), false),
            ("PUT", Some(own.as_str()), "x".to_owned(), true),
        ] {
            assert_eq!(is_allowed(&request(method, header, &body), &own), expected, "{method} {header:?} {body}");
        }
        assert!(!is_allowed(&request("POST", None, "csrf="), ""), "an empty token is none");
    }
}
