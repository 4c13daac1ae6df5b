//! Serves `/sitemap.xml`, the list of a site's pages that search engines read.
//!
//! The files are written once, when the site has been built, and handed out as they are.

mod document;

use std::sync::Arc;

use arc_swap::ArcSwap;
use keyway::prelude::*;
use keyway_cms_sdk::answer::response;
use keyway_cms_sdk::{Answer, CmsError, Method, Request, Route, Site, SiteListener, StatusCode};
use serde::Deserialize;

use document::Documents;

/// The plugin `site.sitemap`.
#[derive(Debug, Plugin)]
#[plugin(provides(Route, SiteListener))]
pub struct Sitemap {
    robots: bool,
    documents: ArcSwap<Documents>,
}

/// The plugin's settings; their defaults stand in `plugin.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SitemapConfig {
    /// Whether to serve a `/robots.txt` that names the sitemap.
    pub robots: bool,
}

impl Lifecycle for Sitemap {
    type Config = SitemapConfig;

    async fn init(_ctx: &Context<Self>, config: SitemapConfig) -> Result<Self, Error> {
        Ok(Self { robots: config.robots, documents: ArcSwap::default() })
    }
}

impl SiteListener for Sitemap {
    async fn site_built(&self, site: Arc<Site>) {
        let mut documents = document::sitemap(&site, document::PROTOCOL_LIMITS);
        if self.robots {
            documents.insert("/robots.txt".to_owned(), document::robots(&site));
        }
        self.documents.store(Arc::new(documents));
    }
}

impl Route for Sitemap {
    async fn handle(&self, request: &Request) -> Result<Option<Answer>, CmsError> {
        if request.method() != Method::GET {
            return Ok(None);
        }
        let documents = self.documents.load();
        let document = documents.get(request.uri().path());
        Ok(document.map(|document| response(StatusCode::OK, document.media_type, document.body.clone()).into()))
    }
}
