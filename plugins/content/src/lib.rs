//! Makes pages of the documents that a store keeps, serves them and the files beside them, and changes them for other plugins.

mod asset;
mod date;
mod document;
mod editing;
mod folder_page;
mod front_matter;
mod preview;

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use keyway::prelude::*;
use keyway::{Hook, Service};
use keyway_cms_sdk::answer::response;
use keyway_cms_sdk::event::{ContentChanged, ContentEdited};
use keyway_cms_sdk::{
    AfterDelete, AfterInsert, AfterUpdate, Answer, BeforeDelete, BeforeInsert, BeforeUpdate, CmsError, Document, HeaderValue,
    Method, Page, Processor, Request, Response, Route, Site, SiteListener, Source, StatusCode, Store, StoreError, Stored,
    StoredEntry, View, header, markdown_file, url_path,
};
use serde::Deserialize;

use asset::MediaTypes;
use editing::Hooks;

/// The folder, as the host has mounted it, with the files beside the pages; messages name documents below it.
const MOUNT: &str = "content";

/// The plugin `site.content`.
#[derive(Debug, Plugin)]
#[plugin(
    provides(keyway_cms_sdk::Content, Source, SiteListener, Route),
    uses(Store),
    asks(BeforeInsert, BeforeUpdate, BeforeDelete, AfterInsert, AfterUpdate, AfterDelete, Processor),
    publishes(ContentChanged, ContentEdited)
)]
pub struct Content {
    store: Service<dyn Store>,
    files: Files,
    log: Logger,
    media_types: MediaTypes,
    largest_file: u64,
    site: ArcSwapOption<Site>,
    hooks: Hooks,
    processors: Hook<dyn Processor>,
    changed: Publisher<ContentChanged>,
    edited: Publisher<ContentEdited>,
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
        Ok(Self {
            store: ctx.service()?,
            files: ctx.files()?,
            log: ctx.log(),
            media_types,
            largest_file: config.largest_file,
            site: ArcSwapOption::empty(),
            hooks: Hooks::of(ctx)?,
            processors: ctx.hook()?,
            changed: ctx.publisher()?,
            edited: ctx.publisher()?,
        })
    }
}

impl Source for Content {
    async fn load(&self) -> Result<Vec<Document>, CmsError> {
        let store = self.store.get().map_err(CmsError::new)?;
        let entries = store.list().await.map_err(CmsError::new)?;
        let entries: Vec<&StoredEntry> = entries.iter().filter(|entry| markdown_file::stem(&entry.path).is_some()).collect();
        let paths: Vec<&str> = entries.iter().map(|entry| entry.path.as_str()).collect();
        let mut surplus = Vec::new();
        for (path, kept) in folder_page::surplus(&paths) {
            self.log.warn(format_args!("{MOUNT}/{path}: `{kept}` is the page of its folder; this one is left out"));
            surplus.push(path);
        }
        let mut documents = Vec::with_capacity(entries.len());
        for entry in entries {
            if surplus.contains(&entry.path.as_str()) || !self.is_small_enough(&format!("{MOUNT}/{}", entry.path), entry.len) {
                continue;
            }
            match store.read(&entry.path).await {
                Ok(stored) => documents.extend(self.document(stored)),
                // It was deleted since it was listed.
                Err(StoreError::NotFound { .. }) => {}
                Err(error) => self.log.warn(format_args!("{MOUNT}/{}: {error}; the page is left out", entry.path)),
            }
        }
        Ok(documents)
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

    /// Reads one document; `None` when it is a draft.
    fn document(&self, stored: Stored) -> Option<Document> {
        let found = document::read(&stored.path, MOUNT, stored.body.into(), stored.modified);
        for problem in &found.problems {
            self.log.warn(format_args!("{MOUNT}/{}:{}: {problem}", stored.path, problem.line));
        }
        found.document.filter(|_| !found.is_draft)
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
