//! Compresses answers with Brotli or gzip.

mod accept;
mod encode;
mod media;

use keyway::prelude::*;
use keyway_cms_sdk::{Bytes, HeaderMap, HeaderValue, Middleware, Request, Response, StatusCode, header};
use serde::Deserialize;

use accept::Coding;

/// The plugin `site.compress`.
#[derive(Debug, Plugin)]
#[plugin(provides(Middleware))]
pub struct Compress {
    config: CompressConfig,
}

/// The plugin's settings; their defaults stand in `plugin.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CompressConfig {
    /// Answers with fewer bytes are sent as they are.
    pub minimum: usize,
    /// Brotli's quality, 0 to 11.
    pub brotli_quality: u32,
    /// Gzip's level, 0 to 9.
    pub gzip_level: u32,
}

impl Lifecycle for Compress {
    type Config = CompressConfig;

    async fn init(_ctx: &Context<Self>, config: CompressConfig) -> Result<Self, Error> {
        if config.brotli_quality > 11 {
            return Err(Error::message(format!("`brotli-quality` is {}; set 0 to 11", config.brotli_quality)));
        }
        if config.gzip_level > 9 {
            return Err(Error::message(format!("`gzip-level` is {}; set 0 to 9", config.gzip_level)));
        }
        Ok(Self { config })
    }
}

impl Middleware for Compress {
    fn after(&self, request: &Request, response: &Response) -> Option<Response> {
        let headers = response.headers();
        if response.status() == StatusCode::NOT_MODIFIED {
            return Some(as_sent_with_its_body(request, response));
        }
        if response.body().is_empty()
            || response.status() == StatusCode::PARTIAL_CONTENT
            || headers.contains_key(header::CONTENT_ENCODING)
            || !media::is_compressible(headers)
            || forbids_change(headers)
        {
            return None;
        }
        let coding = accept::preferred(request.headers());
        let mut answer = response.clone();
        vary(answer.headers_mut());
        if let Some(coding) = coding.filter(|_| response.body().len() >= self.config.minimum)
            && let Some(smaller) = encode::smaller(response.body(), coding, &self.config)
        {
            replace_body(&mut answer, smaller, coding);
        }
        Some(answer)
    }
}

/// A 304 must say what the 200 would say that it stands for.
fn as_sent_with_its_body(request: &Request, response: &Response) -> Response {
    let mut answer = response.clone();
    vary(answer.headers_mut());
    if accept::preferred(request.headers()).is_some() {
        weaken_tag(answer.headers_mut());
    }
    answer
}

fn replace_body(answer: &mut Response, body: Vec<u8>, coding: Coding) {
    *answer.body_mut() = Bytes::from(body);
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding.name()));
    headers.remove(header::CONTENT_LENGTH);
    headers.remove(header::ACCEPT_RANGES);
    weaken_tag(headers);
}

/// The bytes differ, the content does not: that is what a weak tag says.
fn weaken_tag(headers: &mut HeaderMap) {
    let weak = headers.get(header::ETAG).filter(|tag| tag.as_bytes().starts_with(b"\"")).and_then(|tag| {
        let weak = [b"W/".as_slice(), tag.as_bytes()].concat();
        HeaderValue::from_bytes(&weak).ok()
    });
    if let Some(weak) = weak {
        headers.insert(header::ETAG, weak);
    }
}

fn vary(headers: &mut HeaderMap) {
    if !lists(headers, header::VARY, &["*", "accept-encoding"]) {
        headers.append(header::VARY, HeaderValue::from_static("accept-encoding"));
    }
}

fn forbids_change(headers: &HeaderMap) -> bool {
    lists(headers, header::CACHE_CONTROL, &["no-transform"])
}

/// Whether one of the words stands in a header that is a list.
fn lists(headers: &HeaderMap, name: header::HeaderName, words: &[&str]) -> bool {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|found| words.iter().any(|word| found.trim().eq_ignore_ascii_case(word)))
}

#[cfg(test)]
mod tests {
    use keyway_cms_sdk::answer::response;

    use super::*;

    fn compress() -> Compress {
        Compress { config: CompressConfig { minimum: 100, brotli_quality: 5, gzip_level: 6 } }
    }

    fn request(accepted: &'static str) -> Request {
        let mut request = Request::default();
        request.headers_mut().insert(header::ACCEPT_ENCODING, HeaderValue::from_static(accepted));
        request
    }

    fn page() -> Response {
        response(StatusCode::OK, "text/html; charset=utf-8", "words and words ".repeat(100))
    }

    #[test]
    fn what_comes_out_is_what_went_in() {
        let answer = compress().after(&request("gzip"), &page()).unwrap();
        assert_eq!(answer.headers()[header::CONTENT_ENCODING], "gzip");
        assert_eq!(answer.headers()[header::VARY], "accept-encoding");
        assert!(answer.body().len() < page().body().len() / 4);
        let mut plain = Vec::new();
        std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(answer.body().as_ref()), &mut plain).unwrap();
        assert_eq!(plain, page().body().as_ref());

        let answer = compress().after(&request("gzip, br"), &page()).unwrap();
        assert_eq!(answer.headers()[header::CONTENT_ENCODING], "br");
        let mut plain = Vec::new();
        std::io::Read::read_to_end(&mut brotli::Decompressor::new(answer.body().as_ref(), 4096), &mut plain).unwrap();
        assert_eq!(plain, page().body().as_ref());
    }

    #[test]
    fn a_strong_tag_becomes_weak_and_a_weak_one_stays() {
        for (tag, sent) in [("\"a\"", "W/\"a\""), ("W/\"a\"", "W/\"a\"")] {
            let mut page = page();
            page.headers_mut().insert(header::ETAG, HeaderValue::from_static(tag));
            assert_eq!(compress().after(&request("br"), &page).unwrap().headers()[header::ETAG], sent);
            assert_eq!(compress().after(&request("identity"), &page).unwrap().headers()[header::ETAG], tag);
            *page.status_mut() = StatusCode::NOT_MODIFIED;
            *page.body_mut() = Bytes::new();
            let unchanged = compress().after(&request("br"), &page).unwrap();
            assert_eq!(
                (unchanged.headers()[header::ETAG].as_bytes(), unchanged.headers().contains_key(header::VARY)),
                (sent.as_bytes(), true)
            );
        }
    }

    #[test]
    fn what_stays_as_it_is_still_says_that_it_varies() {
        let small = response(StatusCode::OK, "text/html", "short");
        for (accepted, page) in [("br", small), ("identity", page()), ("br;q=0, gzip;q=0", page())] {
            let answer = compress().after(&request(accepted), &page).unwrap();
            assert_eq!(answer.headers()[header::VARY], "accept-encoding", "{accepted}");
            assert!(!answer.headers().contains_key(header::CONTENT_ENCODING), "{accepted}");
            assert_eq!(answer.body(), page.body());
        }
    }

    #[test]
    fn vary_is_not_said_twice() {
        for said in ["Accept-Encoding", "cookie, accept-encoding", "*"] {
            let mut page = page();
            page.headers_mut().insert(header::VARY, HeaderValue::from_static(said));
            assert_eq!(
                compress().after(&request("br"), &page).unwrap().headers().get_all(header::VARY).iter().count(),
                1,
                "{said}"
            );
        }
    }

    #[test]
    fn encoded_partial_and_binary_answers_are_left_alone() {
        let mut encoded = page();
        encoded.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        let mut partial = page();
        *partial.status_mut() = StatusCode::PARTIAL_CONTENT;
        let mut fixed = page();
        fixed.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("public, no-transform"));
        let image = response(StatusCode::OK, "image/png", vec![0; 1000]);
        for answer in [encoded, partial, fixed, image] {
            assert!(compress().after(&request("br"), &answer).is_none(), "{answer:?}");
        }
    }
}
