//! The files beside the pages: images, styles, fonts and the like.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::time::SystemTime;

use keyway::Error;
use keyway::capability::FileError;
use keyway::prelude::Files;
use keyway_cms_sdk::{Bytes, HeaderValue, Response, header};

/// Media types by file extension.
#[derive(Debug)]
pub(crate) struct MediaTypes(BTreeMap<String, HeaderValue>);

const BUILT_IN: &[(&str, &str)] = &[
    ("atom", "application/atom+xml"),
    ("avif", "image/avif"),
    ("bz2", "application/x-bzip2"),
    ("css", "text/css; charset=utf-8"),
    ("csv", "text/csv; charset=utf-8"),
    ("flac", "audio/flac"),
    ("gif", "image/gif"),
    ("gz", "application/gzip"),
    ("htm", "text/html; charset=utf-8"),
    ("html", "text/html; charset=utf-8"),
    ("ico", "image/x-icon"),
    ("ics", "text/calendar; charset=utf-8"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("js", "text/javascript; charset=utf-8"),
    ("json", "application/json"),
    ("map", "application/json"),
    ("mjs", "text/javascript; charset=utf-8"),
    ("mp3", "audio/mpeg"),
    ("mp4", "video/mp4"),
    ("oga", "audio/ogg"),
    ("ogg", "audio/ogg"),
    ("ogv", "video/ogg"),
    ("opus", "audio/ogg"),
    ("otf", "font/otf"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("svg", "image/svg+xml"),
    ("tar", "application/x-tar"),
    ("toml", "application/toml"),
    ("ttf", "font/ttf"),
    ("txt", "text/plain; charset=utf-8"),
    ("wasm", "application/wasm"),
    ("wav", "audio/wav"),
    ("webm", "video/webm"),
    ("webmanifest", "application/manifest+json"),
    ("webp", "image/webp"),
    ("woff", "font/woff"),
    ("woff2", "font/woff2"),
    ("xml", "application/xml"),
    ("xz", "application/x-xz"),
    ("zip", "application/zip"),
    ("zst", "application/zstd"),
];

impl MediaTypes {
    /// The built-in media types, with `more` laid over them.
    ///
    /// # Errors
    /// When one of `more` is no media type.
    pub(crate) fn new(more: &BTreeMap<String, String>) -> Result<Self, Error> {
        let mut types: BTreeMap<String, HeaderValue> =
            BUILT_IN.iter().map(|(extension, media)| ((*extension).to_owned(), HeaderValue::from_static(media))).collect();
        for (extension, media) in more {
            let value = HeaderValue::try_from(media.as_str()).ok().filter(|_| media.contains('/'));
            let Some(value) = value else {
                let hint = "write a type and a subtype, such as `model/gltf-binary`";
                return Err(Error::message(format!("media-types.{extension}: `{media}` is no media type; {hint}")));
            };
            types.insert(extension.trim_start_matches('.').to_ascii_lowercase(), value);
        }
        Ok(Self(types))
    }

    /// The media type of a file, by its name.
    fn of(&self, path: &str) -> Option<&HeaderValue> {
        let (_, extension) = path.rsplit_once('.')?;
        self.0.get(&extension.to_ascii_lowercase())
    }
}

/// A file that may be served.
#[derive(Debug)]
pub(crate) struct Asset<'t> {
    /// Its path as the files capability takes it.
    pub(crate) file: String,
    /// Its size in bytes.
    pub(crate) len: u64,
    media_type: &'t HeaderValue,
    modified: Option<SystemTime>,
}

/// The file at a decoded URL path; `None` when there is none that may be served.
///
/// # Errors
/// When the file is there and cannot be looked at.
pub(crate) fn find<'t>(files: &Files, top: &str, path: &str, types: &'t MediaTypes) -> Result<Option<Asset<'t>>, FileError> {
    let Some(media_type) = types.of(path).filter(|_| is_public(path)) else { return Ok(None) };
    let file = format!("{top}{path}");
    match files.metadata(&file) {
        Ok(metadata) if metadata.is_folder => Ok(None),
        Ok(metadata) => Ok(Some(Asset { file, len: metadata.len, media_type, modified: metadata.modified })),
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

impl Asset<'_> {
    /// Reads the file.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) fn load(&self, files: &Files) -> Result<Response, FileError> {
        let mut response = Response::new(Bytes::from(files.read(&self.file)?));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, self.media_type.clone());
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        let modified = self.modified.and_then(|time| HeaderValue::try_from(httpdate::fmt_http_date(time)).ok());
        if let Some(modified) = modified {
            headers.insert(header::LAST_MODIFIED, modified);
        }
        Ok(response)
    }
}

/// Whether no segment of the path is empty or hidden by a leading dot; this covers `..`.
fn is_public(path: &str) -> bool {
    path.strip_prefix('/').is_some_and(|below| below.split('/').all(|segment| !segment.is_empty() && !segment.starts_with('.')))
}

/// Whether there is nothing that a visitor may see. A refusal of the capability has already been counted and logged by the host.
fn is_absent(error: &FileError) -> bool {
    match error {
        FileError::Denied(_) => true,
        FileError::Io { error, .. } => {
            matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::InvalidFilename)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_and_crooked_paths_are_not_public() {
        for path in ["/a.png", "/b/a.png", "/b/a..b.png"] {
            assert!(is_public(path), "{path}");
        }
        for path in ["", "/", "a.png", "/.env", "/.git/config", "/b/../a.png", "//a.png", "/b//a.png", "/a.png/"] {
            assert!(!is_public(path), "{path}");
        }
    }

    #[test]
    fn media_types_go_by_extension_whatever_its_case() {
        let types = MediaTypes::new(&BTreeMap::from([(".GLB".to_owned(), "model/gltf-binary".to_owned())])).unwrap();
        assert_eq!(types.of("/a.PNG").unwrap(), "image/png");
        assert_eq!(types.of("/a.glb").unwrap(), "model/gltf-binary");
        assert!(types.of("/secret.key").is_none());
        assert!(types.of("/Makefile").is_none());
    }

    #[test]
    fn a_bad_media_type_names_its_key() {
        let error = MediaTypes::new(&BTreeMap::from([("glb".to_owned(), "gltf".to_owned())])).unwrap_err();
        assert_eq!(
            error.to_string(),
            "media-types.glb: `gltf` is no media type; write a type and a subtype, such as `model/gltf-binary`"
        );
    }

    #[test]
    fn built_in_types_are_sorted_and_valid() {
        assert!(BUILT_IN.is_sorted_by(|left, right| left.0 < right.0));
        assert!(BUILT_IN.iter().all(|(_, media)| media.contains('/')));
    }
}
