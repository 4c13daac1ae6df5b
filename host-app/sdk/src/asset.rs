//! The extension point `cms.asset`: files that a plugin brings along.

use std::borrow::Cow;

use keyway::{Boundary, extension_point};

use crate::Bytes;

/// Brings along files that never change while the plugin runs: scripts, style sheets, pictures.
///
/// The host serves those that lie in the plugin's `http.routes` grant, before any route is asked: `GET` and `HEAD`, with an entity tag,
/// so that a browser that has a file is told 304.
#[extension_point(
    id = "cms.asset",
    version = "1.0.0",
    on_failure = "open",
    permission = keyway::permission::HttpRoutes,
    uncounted
)]
pub trait AssetSource {
    /// The files. Asked each time the plugin starts.
    fn assets(&self) -> Vec<Asset>;
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Boundary)]
pub struct Asset {
    /// The URL path, such as `/comments.js`.
    pub path: String,
    /// The media type, such as `text/javascript; charset=utf-8`.
    pub media_type: Cow<'static, str>,
    /// The content.
    pub body: Bytes,
    /// Whether browsers may keep it for ever, because another content would have another path. Else they may for an hour.
    pub is_immutable: bool,
}

impl Asset {
    /// A file that browsers may keep for an hour.
    pub fn new(path: impl Into<String>, media_type: impl Into<Cow<'static, str>>, body: impl Into<Bytes>) -> Self {
        Self { path: path.into(), media_type: media_type.into(), body: body.into(), is_immutable: false }
    }
}
