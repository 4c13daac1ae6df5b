//! Suggests pages while a visitor types into a search box.

mod titles;

use std::borrow::Cow;
use std::sync::Arc;

use arc_swap::ArcSwap;
use keyway::prelude::*;
use keyway_cms_sdk::answer::response;
use keyway_cms_sdk::{Answer, CmsError, HeaderValue, Method, Request, Route, Site, SiteListener, StatusCode, header};
use serde::Deserialize;

use titles::Titles;

/// The plugin `site.suggest`.
#[derive(Debug, Plugin)]
#[plugin(provides(Route, SiteListener))]
pub struct Suggest {
    suggestions: usize,
    titles: ArcSwap<Titles>,
}

/// The plugin's settings; their defaults stand in `plugin.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SuggestConfig {
    /// How many suggestions are made at most.
    pub suggestions: usize,
}

impl Lifecycle for Suggest {
    type Config = SuggestConfig;

    async fn init(_ctx: &Context<Self>, config: SuggestConfig) -> Result<Self, Error> {
        Ok(Self { suggestions: config.suggestions, titles: ArcSwap::default() })
    }
}

impl SiteListener for Suggest {
    async fn site_built(&self, site: Arc<Site>) {
        self.titles.store(Arc::new(Titles::new(&site)));
    }
}

impl Route for Suggest {
    async fn handle(&self, request: &Request) -> Result<Option<Answer>, CmsError> {
        if request.method() != Method::GET {
            return Ok(None);
        }
        match request.uri().path() {
            "/suggest.js" => {
                Ok(Some(response(StatusCode::OK, "text/javascript; charset=utf-8", include_str!("suggest.js")).into()))
            }
            "/suggest.json" => {
                let titles = self.titles.load();
                let found = titles.beginning_with(&typed(request), self.suggestions);
                let body = serde_json::to_vec(&found).map_err(CmsError::new)?;
                let mut answer = response(StatusCode::OK, "application/json", body);
                answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=60"));
                Ok(Some(answer.into()))
            }
            _ => Ok(None),
        }
    }
}

fn typed(request: &Request) -> String {
    let query = request.uri().query().unwrap_or("").as_bytes();
    form_urlencoded::parse(query).find(|(key, _)| key == "q").map_or(Cow::Borrowed(""), |(_, value)| value).into_owned()
}
