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
    site: ArcSwapOption<Site>,
}

/// The plugin's settings; their defaults stand in `plugin.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ContentConfig {
    /// Media types by file extension, beside those that are built in.
    pub media_types: BTreeMap<String, String>,
}

impl Lifecycle for Content {
    type Config = ContentConfig;

    async fn init(ctx: &Context<Self>, config: ContentConfig) -> Result<Self, Error> {
        let media_types = MediaTypes::new(&config.media_types)?;
        Ok(Self { files: ctx.files()?, log: ctx.log(), media_types, site: ArcSwapOption::empty() })
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
        let asset = asset::load(&self.files, MOUNT, &path, &self.media_types).map_err(CmsError::new)?;
        Ok(asset.map(Answer::Response))
    }
}

impl Content {
    /// Reads one file; `None` when it cannot be read or is a draft.
    fn document(&self, path: &str) -> Option<Document> {
        let bytes = match self.files.read(path) {
            Ok(bytes) => bytes,
            Err(error) => {
                self.log.warn(format_args!("{error}; the page is left out"));
                return None;
            }
        };
        let modified = self.files.metadata(path).ok().and_then(|metadata| metadata.modified);
        let found = document::read(path, MOUNT, bytes, modified);
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
