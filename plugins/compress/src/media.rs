//! Which media types are worth compressing.

use keyway_cms_sdk::{HeaderMap, header};

/// Whether the body is text or its like. What has no media type is not touched.
pub(crate) fn is_compressible(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else { return false };
    let media_type = value.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    media_type.starts_with("text/")
        || media_type.ends_with("+xml")
        || media_type.ends_with("+json")
        || matches!(
            media_type.as_str(),
            "application/ecmascript"
                | "application/javascript"
                | "application/json"
                | "application/toml"
                | "application/wasm"
                | "application/x-tar"
                | "application/xml"
                | "font/otf"
                | "font/ttf"
                | "image/bmp"
                | "image/x-icon"
        )
}

#[cfg(test)]
mod tests {
    use keyway_cms_sdk::HeaderValue;

    use super::*;

    #[test]
    fn text_is_worth_it_and_packed_bytes_are_not() {
        for (media_type, expected) in [
            ("text/html; charset=utf-8", true),
            ("Text/CSS", true),
            ("application/atom+xml", true),
            ("image/svg+xml", true),
            ("application/json", true),
            ("image/png", false),
            ("font/woff2", false),
            ("application/zip", false),
            ("application/octet-stream", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
            assert_eq!(is_compressible(&headers), expected, "{media_type}");
        }
        assert!(!is_compressible(&HeaderMap::new()));
    }
}
