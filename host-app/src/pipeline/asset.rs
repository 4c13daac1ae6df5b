//! A file that a plugin brings along, as it is sent.

use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use http::{HeaderMap, HeaderValue, StatusCode};
use keyway_cms_sdk::{Asset, Bytes, Response, hexadecimal};
use sha2::{Digest, Sha256};

/// A file with its headers.
#[derive(Debug)]
pub(super) struct ServedAsset {
    /// The plugin that brought it.
    pub(super) plugin: &'static str,
    media_type: HeaderValue,
    tag: HeaderValue,
    caching: HeaderValue,
    body: Bytes,
}

impl ServedAsset {
    /// Makes the headers; `None` when the media type cannot stand in one.
    pub(super) fn new(plugin: &'static str, asset: Asset) -> Option<Self> {
        let caching = if asset.is_immutable { "public, max-age=31536000, immutable" } else { "public, max-age=3600" };
        let tag = hexadecimal(&Sha256::digest(&asset.body)[..16]);
        Some(Self {
            plugin,
            media_type: HeaderValue::from_str(&asset.media_type).ok()?,
            tag: HeaderValue::try_from(format!("\"{tag}\"")).ok()?,
            caching: HeaderValue::from_static(caching),
            body: asset.body,
        })
    }

    /// The file, or 304 for who has it.
    pub(super) fn answer(&self, request: &HeaderMap) -> Response {
        let is_known = has_tag(request, self.tag.to_str().unwrap_or_default());
        let mut response = Response::new(if is_known { Bytes::new() } else { self.body.clone() });
        if is_known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        }
        let headers = response.headers_mut();
        headers.insert(ETAG, self.tag.clone());
        headers.insert(CACHE_CONTROL, self.caching.clone());
        headers.insert(CONTENT_TYPE, self.media_type.clone());
        response
    }
}

/// Whether `If-None-Match` names a tag; weak and strong ones are alike there.
fn has_tag(request: &HeaderMap, tag: &str) -> bool {
    let lists = request.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    lists.flat_map(|list| list.split(',')).map(str::trim).any(|known| known == "*" || known.trim_start_matches("W/") == tag)
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, StatusCode};
    use keyway_cms_sdk::Asset;

    use super::{ETAG, IF_NONE_MATCH, ServedAsset};

    #[test]
    fn who_has_it_is_not_sent_it_again() {
        let asset = ServedAsset::new("p", Asset::new("/a.js", "text/javascript", "alert(1)")).expect("good headers");
        let mut request = HeaderMap::new();
        let first = asset.answer(&request);
        assert_eq!((first.status(), &first.body()[..]), (StatusCode::OK, &b"alert(1)"[..]));
        let tag = first.headers()[ETAG].to_str().expect("text").to_owned();
        for (known, expected) in [
            (tag.clone(), StatusCode::NOT_MODIFIED),
            (format!("\"x\", W/{tag}"), StatusCode::NOT_MODIFIED),
            ("*".to_owned(), StatusCode::NOT_MODIFIED),
            ("\"x\"".to_owned(), StatusCode::OK),
        ] {
            request.insert(IF_NONE_MATCH, known.parse().expect("a header"));
            let again = asset.answer(&request);
            assert_eq!((again.status(), again.body().is_empty()), (expected, expected == StatusCode::NOT_MODIFIED), "{known}");
        }
    }

    #[test]
    fn a_media_type_that_breaks_a_header_is_none() {
        assert!(ServedAsset::new("p", Asset::new("/a", "text/plain\r\nset-cookie: a=b", "")).is_none());
    }
}
