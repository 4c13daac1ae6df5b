//! Serves `/feed.xml`, the newest pages of a site as an Atom feed.

mod atom;
mod entry;

use std::sync::Arc;

use arc_swap::ArcSwap;
use keyway::prelude::*;
use keyway_cms_sdk::answer::response;
use keyway_cms_sdk::{Answer, Bytes, CmsError, Method, Request, Route, Site, SiteListener, StatusCode};
use serde::Deserialize;

/// The plugin `site.feed`.
#[derive(Debug, Plugin)]
#[plugin(provides(Route, SiteListener))]
pub struct Feed {
    config: FeedConfig,
    document: ArcSwap<Bytes>,
}

/// The plugin's settings; their defaults stand in `plugin.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeedConfig {
    /// How many entries the feed has at most.
    pub entries: usize,
    /// Who is named as the author; the site's title when empty.
    pub author: String,
    /// Whether entries carry the whole page.
    pub content: bool,
}

impl Lifecycle for Feed {
    type Config = FeedConfig;

    async fn init(_ctx: &Context<Self>, config: FeedConfig) -> Result<Self, Error> {
        if config.entries == 0 {
            return Err(Error::message(
                "`entries` is 0, which leaves an empty feed; set 1 or more, or build without feature `feed`",
            ));
        }
        Ok(Self { config, document: ArcSwap::default() })
    }
}

impl SiteListener for Feed {
    async fn site_built(&self, site: Arc<Site>) {
        self.document.store(Arc::new(atom::feed(&site, &self.config).into()));
    }
}

impl Route for Feed {
    async fn handle(&self, request: &Request) -> Result<Option<Answer>, CmsError> {
        let asked = request.method() == Method::GET && request.uri().path() == "/feed.xml";
        let document = || Bytes::clone(&self.document.load());
        Ok(asked.then(|| response(StatusCode::OK, "application/atom+xml; charset=utf-8", document()).into()))
    }
}
