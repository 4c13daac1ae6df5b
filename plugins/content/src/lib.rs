//! Finds a site's pages in a folder of Markdown files, and serves them and the files beside them.

mod asset;
mod date;
mod document;
mod front_matter;
mod walk;

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use keyway::prelude::*;
use keyway_cms_sdk::answer::response;
use keyway_cms_sdk::{
    Answer, CmsError, Document, HeaderValue, Method, Page, Request, Response, Route, Site, SiteListener, Source, StatusCode,
    View, header, markdown_file, url_path,
};
use serde::Deserialize;

use asset::MediaTypes;

/// The folder, as the host has mounted it, in which the content is.
const MOUNT: &str = "content";

/// The plugin `site.content`.
#[derive(Debug, Plugin)]
#[plugin(provides(Source, SiteListener, Route))]
pub struct Content {
    files: Files,
    log: Logger,
    media_types: MediaTypes,
    largest_file: u64,
    site: ArcSwapOption<Site>,
}

/// The plugin's settings; their defaults stand in `plugin.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ContentConfig {
    /// Media types by file extension, beside those that are built in.
    pub media_types: BTreeMap<String, String>,
    /// Bytes of the largest file that is read.
    pub largest_file: u64,
}

impl Lifecycle for Content {
    type Config = ContentConfig;

    async fn init(ctx: &Context<Self>, config: ContentConfig) -> Result<Self, Error> {
        let media_types = MediaTypes::new(&config.media_types)?;
        let (files, log) = (ctx.files()?, ctx.log());
        Ok(Self { files, log, media_types, largest_file: config.largest_file, site: ArcSwapOption::empty() })
    }
}

impl Source for Content {
    async fn load(&self) -> Result<Vec<Document>, CmsError> {
        let paths = walk::markdown_files(&self.files, MOUNT, &self.log).map_err(CmsError::new)?;
        Ok(paths.iter().filter_map(|path| self.document(path)).collect())
    }
}

impl SiteListener for Content {
    async fn site_built(&self, site: Arc<Site>) {
        self.site.store(Some(site));
    }
}

impl Route for Content {
    async fn handle(&self, request: &Request) -> Result<Option<Answer>, CmsError> {
        if request.method() != Method::GET {
            return Ok(None);
        }
        let Some(path) = url_path::decode(request.uri().path()) else { return Ok(None) };
        let site = self.site.load();
        if let Some(page) = site.as_ref().and_then(|site| site.page(&path)) {
            return Ok(Some(view(page).into()));
        }
        if let Some(page_path) = markdown_file::url_path(&path) {
            let known = site.as_ref().and_then(|site| site.page(&page_path));
            return Ok(known.map(|page| moved_to(&page.document.path).into()));
        }
        let found = asset::find(&self.files, MOUNT, &path, &self.media_types).map_err(CmsError::new)?;
        let Some(asset) = found.filter(|asset| self.is_small_enough(&asset.file, asset.len)) else { return Ok(None) };
        Ok(Some(asset.load(&self.files).map_err(CmsError::new)?.into()))
    }
}

impl Content {
    /// Whether a file may be held in memory; the log says when it may not.
    fn is_small_enough(&self, path: &str, len: u64) -> bool {
        let limit = self.largest_file;
        if len > limit {
            self.log.warn(format_args!("`{path}` has {len} bytes and is left out; `largest-file` allows {limit}"));
        }
        len <= limit
    }

    /// Reads one file; `None` when it cannot be read or is a draft.
    fn document(&self, path: &str) -> Option<Document> {
        let left_out = |error| self.log.warn(format_args!("{error}; the page is left out"));
        let metadata = self.files.metadata(path).map_err(left_out).ok()?;
        if !self.is_small_enough(path, metadata.len) {
            return None;
        }
        let bytes = self.files.read(path).map_err(left_out).ok()?;
        let found = document::read(path, MOUNT, bytes, metadata.modified);
        for problem in &found.problems {
            self.log.warn(format_args!("{path}:{}: {}", problem.line, problem.message));
        }
        found.document
    }
}

fn view(page: &Page) -> View {
    let mut view = View::new(&page.document.path, &page.document.title, &page.document.content);
    view.description.clone_from(&page.document.description);
    view.headings.clone_from(&page.headings);
    view
}

fn moved_to(path: &str) -> Response {
    let mut moved = response(StatusCode::PERMANENT_REDIRECT, "text/plain; charset=utf-8", format!("see {path}\n"));
    if let Ok(location) = HeaderValue::try_from(url_path::encode(path)) {
        moved.headers_mut().insert(header::LOCATION, location);
    }
    moved
}
