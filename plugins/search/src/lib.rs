//! Finds pages by their words.

mod answer;
mod index;
mod snippet;
mod word;

use std::borrow::Cow;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use keyway::prelude::*;
use keyway_cms_sdk::{Answer, CmsError, Method, Request, Route, Site, SiteListener};
use serde::Deserialize;

use index::Index;

/// The plugin `site.search`.
#[derive(Debug, Plugin)]
#[plugin(provides(Route, SiteListener))]
pub struct Search {
    results: usize,
    index: ArcSwapOption<Index>,
    log: Logger,
}

/// The plugin's settings; their defaults stand in `plugin.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchConfig {
    /// How many results are shown at most.
    pub results: usize,
}

impl Lifecycle for Search {
    type Config = SearchConfig;

    async fn init(ctx: &Context<Self>, config: SearchConfig) -> Result<Self, Error> {
        if config.results == 0 {
            return Err(Error::message("`results` is 0, which shows nothing; set 1 or more, or build without feature `search`"));
        }
        Ok(Self { results: config.results, index: ArcSwapOption::empty(), log: ctx.log() })
    }
}

impl SiteListener for Search {
    async fn site_built(&self, site: Arc<Site>) {
        let index = Index::new(&site);
        self.log.debug(format_args!("indexed {} words", index.words()));
        self.index.store(Some(Arc::new(index)));
    }
}

impl Route for Search {
    async fn handle(&self, request: &Request) -> Result<Option<Answer>, CmsError> {
        if request.method() != Method::GET {
            return Ok(None);
        }
        let query = query(request);
        let index = self.index.load();
        let Some(index) = index.as_ref() else { return Ok(None) };
        match request.uri().path() {
            "/search" => Ok(Some(answer::page(index, &query, self.results).into())),
            "/search.json" => Ok(Some(answer::json(index, &query, self.results)?.into())),
            _ => Ok(None),
        }
    }
}

/// What is searched for: the first `q` of the query, cut to a length that people type.
fn query(request: &Request) -> String {
    const LONGEST: usize = 200;
    let query = request.uri().query().unwrap_or("").as_bytes();
    let value = form_urlencoded::parse(query).find(|(key, _)| key == "q").map_or(Cow::Borrowed(""), |(_, value)| value);
    value.trim().chars().take(LONGEST).collect()
}
