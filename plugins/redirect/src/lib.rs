//! Leads from former addresses to present ones.

mod address;
mod table;

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use keyway::prelude::*;
use keyway_cms_sdk::answer::response;
use keyway_cms_sdk::{HeaderValue, Method, Middleware, Request, Response, Site, SiteListener, header, url_path};
use serde::Deserialize;

use address::{Target, status};
use table::Table;

/// The plugin `site.redirect`.
#[derive(Debug, Plugin)]
#[plugin(provides(Middleware, SiteListener))]
pub struct Redirect {
    status: u16,
    configured: Table,
    /// The configured redirects with the aliases of pages.
    table: ArcSwap<Table>,
    log: Logger,
}

/// The plugin's settings; their defaults stand in `plugin.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RedirectConfig {
    /// The status of redirects that do not say their own.
    pub status: u16,
    /// Where each former path leads.
    pub redirects: BTreeMap<String, Rule>,
}

/// Where a former path leads.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "expected a path, an address, or a table with `to` and `status`")]
pub enum Rule {
    /// There, with the status of the settings.
    To(String),
    /// There, with this status.
    With(RuleWithStatus),
}

/// A target and its own status.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleWithStatus {
    /// A path or an address.
    pub to: String,
    /// 301, 302, 307 or 308.
    pub status: u16,
}

impl Lifecycle for Redirect {
    type Config = RedirectConfig;

    async fn init(ctx: &Context<Self>, config: RedirectConfig) -> Result<Self, Error> {
        let configured = Table::configured(&config)?;
        let table = ArcSwap::from_pointee(configured.clone());
        Ok(Self { status: config.status, configured, table, log: ctx.log() })
    }
}

impl SiteListener for Redirect {
    async fn site_built(&self, site: Arc<Site>) {
        let mut table = self.configured.clone();
        for page in site.pages() {
            let document = &page.document;
            for alias in &document.aliases {
                if let Err(reason) = table.add_alias(&site, alias, &document.path, self.status) {
                    self.log.warn(format_args!("{}: the alias `{alias}` is left out: {reason}", document.origin));
                }
            }
        }
        self.table.store(Arc::new(table));
    }
}

impl Middleware for Redirect {
    fn before(&self, request: &Request) -> Option<Response> {
        if request.method() != Method::GET && request.method() != Method::HEAD {
            return None;
        }
        let path = url_path::decode(request.uri().path())?;
        self.table.load().get(&path).and_then(|target| redirect(target, request.uri().query()))
    }
}

fn redirect(target: &Target, query: Option<&str>) -> Option<Response> {
    let location = HeaderValue::try_from(target.location(query)).ok()?;
    let text = format!("see {}\n", target.location(None));
    let mut answer = response(status(target.status)?, "text/plain; charset=utf-8", text);
    answer.headers_mut().insert(header::LOCATION, location);
    Some(answer)
}

#[cfg(test)]
mod tests {
    use keyway_cms_sdk::StatusCode;

    use super::*;

    #[test]
    fn the_answer_names_the_new_address_and_carries_the_query() {
        let target = Target::new("/new page", 301).unwrap();
        let answer = redirect(&target, Some("a=1&b=//x")).unwrap();
        assert_eq!(answer.status(), StatusCode::MOVED_PERMANENTLY);
        assert_eq!(answer.headers()[header::LOCATION], "/new%20page?a=1&b=//x");
    }
}
