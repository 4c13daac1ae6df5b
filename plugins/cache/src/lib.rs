//! Entity tags, conditional requests and `Cache-Control`.

mod condition;
mod entity_tag;

use keyway::prelude::*;
use keyway_cms_sdk::{HeaderMap, HeaderName, HeaderValue, Method, Middleware, Request, Response, StatusCode, header};
use serde::Deserialize;

/// The plugin `site.cache`.
#[derive(Debug, Plugin)]
#[plugin(provides(Middleware))]
pub struct Cache {
    pages: HeaderValue,
    files: HeaderValue,
}

/// The plugin's settings; their defaults stand in `plugin.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CacheConfig {
    /// The `Cache-Control` of HTML.
    pub pages: String,
    /// The `Cache-Control` of everything else.
    pub files: String,
}

impl Lifecycle for Cache {
    type Config = CacheConfig;

    async fn init(_ctx: &Context<Self>, config: CacheConfig) -> Result<Self, Error> {
        Ok(Self { pages: control("pages", &config.pages)?, files: control("files", &config.files)? })
    }
}

impl Middleware for Cache {
    fn after(&self, request: &Request, response: &Response) -> Option<Response> {
        let is_read = request.method() == Method::GET || request.method() == Method::HEAD;
        if !is_read || response.status() != StatusCode::OK || forbids_storing(response.headers()) {
            return None;
        }
        let mut answer = response.clone();
        let control = if is_page(response.headers()) { &self.pages } else { &self.files };
        let tag = entity_tag::of_body(response.body());
        let headers = answer.headers_mut();
        headers.entry(header::CACHE_CONTROL).or_insert_with(|| control.clone());
        headers.entry(header::ETAG).or_insert(tag);
        if condition::has_failed(request.headers(), headers) {
            return Some(without_body(answer, StatusCode::PRECONDITION_FAILED));
        }
        let is_unchanged = condition::is_unchanged(request.headers(), headers);
        Some(if is_unchanged { without_body(answer, StatusCode::NOT_MODIFIED) } else { answer })
    }
}

fn control(key: &str, value: &str) -> Result<HeaderValue, Error> {
    HeaderValue::try_from(value).map_err(|_| {
        Error::message(format!(
            "`{key}` holds a character that no header may have: `{value}`; write it like `public, max-age=300`"
        ))
    })
}

fn forbids_storing(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|directive| directive.trim().eq_ignore_ascii_case("no-store"))
}

fn is_page(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"text/html"))
}

/// The answer that says to use what the client has, or that a condition of the request does not hold. It keeps what concerns keeping
/// and drops what describes the body.
fn without_body(mut answer: Response, status: StatusCode) -> Response {
    const OF_THE_BODY: [HeaderName; 5] =
        [header::CONTENT_TYPE, header::CONTENT_LENGTH, header::CONTENT_ENCODING, header::CONTENT_LANGUAGE, header::CONTENT_RANGE];
    for name in OF_THE_BODY {
        answer.headers_mut().remove(name);
    }
    *answer.status_mut() = status;
    *answer.body_mut() = keyway_cms_sdk::Bytes::new();
    answer
}

#[cfg(test)]
mod tests {
    use keyway_cms_sdk::answer::response;

    use super::*;

    fn cache() -> Cache {
        Cache { pages: HeaderValue::from_static("no-cache"), files: HeaderValue::from_static("max-age=9") }
    }

    fn request(method: Method, name: HeaderName, value: &str) -> Request {
        let mut request = Request::default();
        *request.method_mut() = method;
        request.headers_mut().insert(name, HeaderValue::try_from(value).unwrap());
        request
    }

    fn plain() -> Request {
        request(Method::GET, header::ACCEPT, "*/*")
    }

    #[test]
    fn answers_are_tagged_and_unchanged_ones_are_not_sent_again() {
        let page = response(StatusCode::OK, "text/html; charset=utf-8", "hello");
        let first = cache().after(&plain(), &page).unwrap();
        assert_eq!(first.status(), StatusCode::OK);
        assert_eq!(first.headers()[header::CACHE_CONTROL], "no-cache");
        let tag = first.headers()[header::ETAG].to_str().unwrap().to_owned();
        assert_eq!(tag, "W/\"2cf24dba5fb0a30e26e83b2ac5b9e29e\"");

        for method in [Method::GET, Method::HEAD] {
            let again = cache().after(&request(method, header::IF_NONE_MATCH, &tag), &page).unwrap();
            assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
            assert!(again.body().is_empty() && !again.headers().contains_key(header::CONTENT_TYPE));
            assert_eq!(again.headers()[header::ETAG], *tag);
            assert_eq!(again.headers()[header::CACHE_CONTROL], "no-cache");
        }
        let other = cache().after(&request(Method::GET, header::IF_NONE_MATCH, "\"other\""), &page).unwrap();
        assert_eq!((other.status(), other.body().as_ref()), (StatusCode::OK, b"hello".as_slice()));
    }

    #[test]
    fn conditions_that_do_not_hold_fail() {
        let mut file = response(StatusCode::OK, "image/png", "x");
        file.headers_mut().insert(header::ETAG, HeaderValue::from_static("\"own\""));
        file.headers_mut().insert(header::LAST_MODIFIED, HeaderValue::from_static("Fri, 01 May 2026 00:00:00 GMT"));
        let status = |name: HeaderName, value: &str| cache().after(&request(Method::GET, name, value), &file).unwrap().status();
        assert_eq!(status(header::IF_MATCH, "\"own\""), StatusCode::OK);
        assert_eq!(status(header::IF_MATCH, "*"), StatusCode::OK);
        assert_eq!(status(header::IF_MATCH, "\"other\""), StatusCode::PRECONDITION_FAILED);
        assert_eq!(status(header::IF_MATCH, "W/\"own\""), StatusCode::PRECONDITION_FAILED, "only strong tags count");
        assert_eq!(status(header::IF_UNMODIFIED_SINCE, "Mon, 01 Jun 2026 00:00:00 GMT"), StatusCode::OK);
        assert_eq!(status(header::IF_UNMODIFIED_SINCE, "soon"), StatusCode::OK);
        assert_eq!(status(header::IF_UNMODIFIED_SINCE, "Wed, 01 Apr 2026 00:00:00 GMT"), StatusCode::PRECONDITION_FAILED);
        let failed = cache().after(&request(Method::GET, header::IF_MATCH, "\"other\""), &file).unwrap();
        assert!(failed.body().is_empty() && !failed.headers().contains_key(header::CONTENT_TYPE));
    }

    #[test]
    fn what_the_route_said_stays() {
        let mut file = response(StatusCode::OK, "image/png", "x");
        assert_eq!(cache().after(&plain(), &file).unwrap().headers()[header::CACHE_CONTROL], "max-age=9");
        file.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("immutable"));
        file.headers_mut().insert(header::ETAG, HeaderValue::from_static("\"own\""));
        let answer = cache().after(&plain(), &file).unwrap();
        assert_eq!(
            (answer.headers()[header::CACHE_CONTROL].as_bytes(), answer.headers()[header::ETAG].as_bytes()),
            (b"immutable".as_slice(), b"\"own\"".as_slice())
        );
    }

    #[test]
    fn other_answers_are_left_alone() {
        let missing = response(StatusCode::NOT_FOUND, "text/html", "x");
        assert!(cache().after(&plain(), &missing).is_none());
        let posted = request(Method::POST, header::IF_NONE_MATCH, "*");
        assert!(cache().after(&posted, &response(StatusCode::OK, "text/html", "x")).is_none());
        let mut secret = response(StatusCode::OK, "text/html", "x");
        secret.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, No-Store"));
        assert!(cache().after(&plain(), &secret).is_none());
    }
}
