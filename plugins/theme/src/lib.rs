//! Draws the pages of keyway-cms.

mod navigation;
mod page;
mod stylesheet;

use std::sync::Arc;

use arc_swap::ArcSwap;
use keyway::prelude::*;
use keyway_cms_sdk::answer::response;
use keyway_cms_sdk::{
    Answer, CmsError, HeaderValue, Method, Request, Route, Site, SiteListener, StatusCode, Theme, View, header,
};
use serde::Deserialize;

use navigation::Navigation;

/// The plugin `site.theme`.
#[derive(Debug, Plugin)]
#[plugin(provides(Theme, SiteListener, Route))]
pub struct DefaultTheme {
    config: ThemeConfig,
    navigation: ArcSwap<Navigation>,
}

/// The plugin's settings; their defaults stand in `plugin.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThemeConfig {
    /// The language of the pages, as in `<html lang="en">`.
    pub language: String,
    /// A line at the foot of every page, as text; none when empty.
    pub footer: String,
}

impl Lifecycle for DefaultTheme {
    type Config = ThemeConfig;

    async fn init(_ctx: &Context<Self>, config: ThemeConfig) -> Result<Self, Error> {
        Ok(Self { config, navigation: ArcSwap::default() })
    }
}

impl SiteListener for DefaultTheme {
    async fn site_built(&self, site: Arc<Site>) {
        self.navigation.store(Arc::new(Navigation::new(&site)));
    }
}

impl Theme for DefaultTheme {
    fn render(&self, site: &Site, view: &View) -> Result<String, CmsError> {
        Ok(page::html(site, &self.navigation.load(), view, &self.config))
    }
}

impl Route for DefaultTheme {
    async fn handle(&self, request: &Request) -> Result<Option<Answer>, CmsError> {
        if request.method() != Method::GET {
            return Ok(None);
        }
        let (media_type, content) = match request.uri().path() {
            "/theme.css" => ("text/css; charset=utf-8", stylesheet::CSS),
            "/theme-icon.svg" => ("image/svg+xml", stylesheet::ICON),
            _ => return Ok(None),
        };
        let mut answer = response(StatusCode::OK, media_type, content);
        // Only an address that names this very content may be kept for ever.
        let named = request.uri().query().is_some_and(|query| query == stylesheet::version());
        let keep = if named { "public, max-age=31536000, immutable" } else { "public, max-age=3600" };
        answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
        Ok(Some(answer.into()))
    }
}
