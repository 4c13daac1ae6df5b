//! Answers that no well-behaved route would give.

use keyway_cms_sdk::{Answer, Bytes, HeaderName, HeaderValue, Response, StatusCode, View, answer};

/// Panics when it is dropped.
#[derive(Clone)]
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        // A second panic while a first one unwinds would end the process, whoever catches them.
        assert!(std::thread::panicking(), "boom in a value of an answer");
    }
}

impl AsRef<[u8]> for Bomb {
    fn as_ref(&self) -> &[u8] {
        b"a body that panics when it is dropped"
    }
}

/// Every kind there is, with the status that a visitor is to see.
pub(crate) const KINDS: [(&str, u16); 12] = [
    ("status-100", 500),
    ("status-101", 500),
    ("view-101", 500),
    ("status-999", 999),
    ("many-headers", 500),
    ("view-many-headers", 500),
    ("large-header", 500),
    ("huge", 500),
    ("lies", 200),
    ("bytes", 200),
    ("bomb", 200),
    ("bomb-body", 200),
];

/// An answer of a kind.
pub(crate) fn answer(kind: &str) -> Answer {
    match kind {
        "view-101" => {
            let mut view = View::new("", "\u{0}", "garbage");
            view.status = StatusCode::SWITCHING_PROTOCOLS;
            view.into()
        }
        "view-many-headers" => {
            let mut view = View::new("", "", "garbage");
            view.headers = std::mem::take(response("many-headers").headers_mut());
            view.into()
        }
        _ => response(kind).into(),
    }
}

/// A response of a kind.
pub(crate) fn response(kind: &str) -> Response {
    let mut response = answer::response(StatusCode::OK, "text/plain", "garbage");
    let status = |code: u16| StatusCode::from_u16(code).expect("three digits");
    match kind {
        "status-100" => *response.status_mut() = status(100),
        "status-101" => *response.status_mut() = status(101),
        "status-999" => *response.status_mut() = status(999),
        "many-headers" => {
            // As many as there is room for: whoever adds one more without asking panics.
            for number in 0.. {
                let name = HeaderName::try_from(format!("x-{number}")).expect("a name");
                if response.headers_mut().try_insert(name, HeaderValue::from_static("x")).is_err() {
                    break;
                }
            }
        }
        "large-header" => {
            let value = HeaderValue::try_from("x".repeat(1 << 20)).expect("a value");
            response.headers_mut().insert("x-large", value);
        }
        "huge" => *response.body_mut() = Bytes::from(vec![b'x'; 6 << 20]),
        "lies" => {
            for (name, value) in
                [("content-length", "99999"), ("content-length", "0"), ("transfer-encoding", "chunked"), ("trailer", "x")]
            {
                response.headers_mut().append(name, HeaderValue::from_static(value));
            }
        }
        "bytes" => {
            response.headers_mut().insert("x-bytes", HeaderValue::from_bytes(b"\xff\xfe").expect("a value"));
            *response.body_mut() = Bytes::from_static(b"\xff\xfe\0");
        }
        "bomb" => drop(response.extensions_mut().insert(Bomb)),
        "bomb-body" => *response.body_mut() = Bytes::from_owner(Bomb),
        _ => {}
    }
    response
}
