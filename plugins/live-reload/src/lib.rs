//! Has browsers load pages anew when their documents change. For whoever writes, not for visitors.

mod change;
mod watch;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use keyway::event::{Publisher, Subscriber};
use keyway::prelude::*;
use keyway::service::Service;
use keyway_cms_sdk::event::{ContentChanged, SiteBuilt};
use keyway_cms_sdk::{
    Asset, AssetSource, CmsError, Extra, Markup, NotSent, Place, Request, Site, SiteListener, Socket, SocketSender, Store,
    Template, View, WebSocket,
};
use serde::Deserialize;

use change::{Change, Snapshot};

const SOCKET: &str = "/live-reload";
const SCRIPT: &str = "/live-reload.js";

/// The plugin `site.live-reload`.
#[derive(Debug, Plugin)]
#[plugin(provides(WebSocket, AssetSource, Template, SiteListener), uses(Store), publishes(ContentChanged), subscribes(SiteBuilt))]
pub struct LiveReload {
    interval: Duration,
    store: Service<dyn Store>,
    changed: Publisher<ContentChanged>,
    log: Logger,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    browsers: Vec<SocketSender>,
    /// The build that was shown last.
    shown: Option<Snapshot>,
    /// What has changed and is not yet served.
    pending: Option<Change>,
}

/// The plugin's settings; their defaults stand in `plugin.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LiveReloadConfig {
    /// Time between two looks at the store.
    pub interval_milliseconds: u64,
}

impl Lifecycle for LiveReload {
    type Config = LiveReloadConfig;

    async fn init(ctx: &Context<Self>, config: LiveReloadConfig) -> Result<Self, Error> {
        if config.interval_milliseconds < 100 {
            return Err(Error::message(format!("`interval-milliseconds` is {}; set 100 or more", config.interval_milliseconds)));
        }
        Ok(Self {
            interval: Duration::from_millis(config.interval_milliseconds),
            store: ctx.service()?,
            changed: ctx.publisher()?,
            log: ctx.log(),
            state: Mutex::default(),
        })
    }

    async fn start(&self, ctx: &Context<Self>) -> Result<(), Error> {
        let watch = watch::documents(ctx.tasks(), self.store.clone(), self.changed.clone(), self.log.clone(), self.interval);
        drop(ctx.spawn(watch)?);
        Ok(())
    }
}

impl LiveReload {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AssetSource for LiveReload {
    fn assets(&self) -> Vec<Asset> {
        vec![Asset::new(SCRIPT, "text/javascript; charset=utf-8", include_str!("live-reload.js"))]
    }
}

impl Template for LiveReload {
    async fn extend(&self, _view: &View, _site: &Site) -> Vec<Extra> {
        vec![Extra::new(Place::Head, Markup::html(format!("<script src=\"{SCRIPT}\" defer></script>")))]
    }
}

impl SiteListener for LiveReload {
    async fn site_built(&self, site: Arc<Site>) {
        let now = Snapshot::of(&site);
        let mut state = self.state();
        if let Some(before) = state.shown.replace(now.clone()) {
            let change = now.since(&before);
            state.pending = Some(match state.pending.take() {
                Some(former) => former.and(change),
                None => change,
            });
        }
    }
}

impl Subscriber<SiteBuilt> for LiveReload {
    /// The new site is served from now on, so browsers may come.
    async fn on(&self, _event: &SiteBuilt) -> Result<(), Error> {
        let mut state = self.state();
        let Some(change) = state.pending.take() else { return Ok(()) };
        let message = serde_json::to_string(&change).map_err(Error::new)?;
        // One that is behind has been told of a change already, and loads the page anew for that.
        state.browsers.retain(|browser| browser.try_send(message.clone()) != Err(NotSent::Closed));
        Ok(())
    }
}

impl WebSocket for LiveReload {
    fn path(&self) -> Result<String, CmsError> {
        Ok(SOCKET.to_owned())
    }

    async fn connected(&self, mut socket: Socket, _request: Arc<Request>) -> Result<(), CmsError> {
        {
            let mut state = self.state();
            state.browsers.retain(|browser| !browser.is_closed());
            state.browsers.push(socket.sender());
        }
        // Nothing is expected of browsers; this ends when they go.
        while socket.receive().await.is_some() {}
        Ok(())
    }
}
