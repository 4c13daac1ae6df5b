//! The fields of a form that a browser sends, and of the query of an address, which are written alike.

use std::borrow::Cow;

use crate::{Request, header};

/// The fields of a form or of a query, in the order in which they were sent.
///
/// ```
/// use keyway_cms_sdk::{Bytes, Form, http::Request};
/// let request = Request::post("/edit?page=2")
///     .header("content-type", "application/x-www-form-urlencoded")
///     .body(Bytes::from("name=Ada+L.&name=Bob"))?;
/// let form = Form::of(&request).expect("it says that it is a form");
/// assert_eq!((form.get("name"), form.get("age")), ("Ada L.", ""));
/// assert_eq!(Form::of_query(&request).find("page"), Some("2"));
/// # Ok::<(), keyway_cms_sdk::http::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form<'r>(Vec<(Cow<'r, str>, Cow<'r, str>)>);

impl<'r> Form<'r> {
    /// The form in the body of a request; `None` when it does not say that it is one (`application/x-www-form-urlencoded`). A form with
    /// files comes as something else, and is not read.
    #[must_use]
    pub fn of(request: &'r Request) -> Option<Self> {
        let media_type = request.headers().get(header::CONTENT_TYPE)?.to_str().ok()?;
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        let is_form = essence.eq_ignore_ascii_case("application/x-www-form-urlencoded");
        is_form.then(|| Self(form_urlencoded::parse(request.body()).collect()))
    }

    /// The query of a request's address.
    #[must_use]
    pub fn of_query(request: &'r Request) -> Self {
        Self(form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes()).collect())
    }

    /// The first value of a field; `None` when it was not sent.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| &**value)
    }

    /// The first value of a field; empty when it was not sent.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.find(name).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::Form;
    use crate::{Bytes, Request, http};

    fn request(media_type: &str) -> Request {
        let request = http::Request::post("/?q=%C3%BC+x&q=2&%ff=3").header("content-type", media_type);
        request.body(Bytes::from_static(b"a=1%262&b&a=3")).expect("a request")
    }

    #[test]
    fn only_what_says_so_is_a_form() {
        for media_type in ["application/x-www-form-urlencoded", "Application/X-WWW-Form-urlencoded ; charset=utf-8"] {
            let request = request(media_type);
            let form = Form::of(&request).expect("a form");
            assert_eq!((form.get("a"), form.find("b"), form.find("c")), ("1&2", Some(""), None), "{media_type}");
        }
        for media_type in ["text/plain", "application/json", "multipart/form-data; boundary=x", ""] {
            assert_eq!(Form::of(&request(media_type)), None, "{media_type}");
        }
    }

    #[test]
    fn a_query_is_read_alike() {
        assert_eq!(Form::of_query(&request("")).get("q"), "ü x");
    }
}
