//! Builds the site anew while it is served: when documents have changed, and when plugins that make or show it come or go.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use keyway::event::{Delivery, Publisher};
use keyway::host::{Extension, Extensions, Point, Subscribed};
use keyway::{ExtensionPoint, Host};
use keyway_cms_sdk::event::{ContentChanged, SiteBuilt};
use keyway_cms_sdk::{AssetSource, Processor, Route, Site, SiteListener, Source};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, sleep_until};

use super::build;
use crate::Settings;
use crate::pipeline::Tables;

/// How long it must be quiet before the site is built anew, so that twenty saved pages are one build.
const QUIET: Duration = Duration::from_millis(200);

/// How long changes may go on until the site is built anew all the same.
const LONGEST: Duration = Duration::from_secs(2);

/// What is needed to build a site again and again. Only [`run`](Self::run) does it.
#[derive(Debug)]
pub(crate) struct Rebuilding {
    host: Host,
    settings: Settings,
    address: String,
    tables: Arc<Tables>,
    site: Arc<ArcSwap<Site>>,
    asked: Arc<Notify>,
    /// Ends with this.
    _subscribed: Option<Subscribed>,
    built: Option<Publisher<SiteBuilt>>,
    makers: Makers,
}

/// The plugins on which the site depends.
#[derive(Debug)]
struct Makers {
    sources: Watched<dyn Source>,
    processors: Watched<dyn Processor>,
    listeners: Watched<dyn SiteListener>,
    routes: Watched<dyn Route>,
    assets: Watched<dyn AssetSource>,
}

/// A point and its extensions as they were when the site was built last.
struct Watched<P: ExtensionPoint + ?Sized> {
    point: Point<P>,
    known: Extensions<P>,
}

impl Rebuilding {
    /// Remembers what the site that is in `site` was built of.
    pub(crate) fn new(host: &Host, settings: &Settings, address: String, tables: Arc<Tables>, site: Arc<ArcSwap<Site>>) -> Self {
        let asked = Arc::new(Notify::new());
        let ask = Arc::clone(&asked);
        let subscribed = host.subscribe::<ContentChanged>(Delivery::Sync, move |_| ask.notify_one());
        let built = host.publisher::<SiteBuilt>();
        for error in [subscribed.as_ref().err(), built.as_ref().err()].into_iter().flatten() {
            tracing::error!(%error, "the site is not built anew when documents change");
        }
        Self {
            makers: Makers {
                sources: Watched::new(host),
                processors: Watched::new(host),
                listeners: Watched::new(host),
                routes: Watched::new(host),
                assets: Watched::new(host),
            },
            host: host.clone(),
            settings: settings.clone(),
            address,
            tables,
            site,
            asked,
            _subscribed: subscribed.ok(),
            built: built.ok(),
        }
    }

    /// Builds the site whenever that is needed, for ever. A build that fails leaves the site as it was.
    pub(crate) async fn run(mut self) {
        let mut generation = 1;
        loop {
            tokio::select! {
                () = self.asked.notified() => {}
                () = self.makers.changed() => {}
            }
            self.quiet().await;
            self.makers.remember();
            match build(&self.host, &self.settings, &self.address, self.tables.served()).await {
                Ok(built) => {
                    generation += 1;
                    let pages = built.site.pages().len();
                    tracing::info!(generation, pages, incomplete = built.incomplete, took = ?built.elapsed, "the site was built anew");
                    self.site.store(built.site);
                    if let Some(publisher) = &self.built {
                        publisher.publish(SiteBuilt { generation, pages }).await;
                    }
                }
                Err(failure) => tracing::error!(%failure, "the site could not be built anew and stays as it was"),
            }
        }
    }

    /// Waits until nothing has changed for a while.
    async fn quiet(&self) {
        let latest = Instant::now() + LONGEST;
        loop {
            tokio::select! {
                biased;
                () = sleep_until(latest) => return,
                () = self.asked.notified() => {}
                () = sleep(QUIET) => return,
            }
        }
    }
}

impl Makers {
    /// Waits until one of the plugins came or went.
    async fn changed(&self) {
        tokio::select! {
            () = self.sources.changed() => {}
            () = self.processors.changed() => {}
            () = self.listeners.changed() => {}
            () = self.routes.changed() => {}
            () = self.assets.changed() => {}
        }
    }

    fn remember(&mut self) {
        self.sources.remember();
        self.processors.remember();
        self.listeners.remember();
        self.routes.remember();
        self.assets.remember();
    }
}

impl<P: ExtensionPoint + ?Sized + 'static> Watched<P> {
    fn new(host: &Host) -> Self {
        let point = host.point();
        Self { known: point.extensions(), point }
    }

    async fn changed(&self) {
        let mut now = self.point.extensions();
        while are_same(&self.known, &now) {
            now = self.point.changed(&now).await;
        }
    }

    fn remember(&mut self) {
        self.known = self.point.extensions();
    }
}

/// Whether these are the same running instances; a switch of any plugin makes a new list of every point.
fn are_same<P: ExtensionPoint + ?Sized>(one: &[Extension<P>], other: &[Extension<P>]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one.is_same(other))
}

impl<P: ExtensionPoint + ?Sized> std::fmt::Debug for Watched<P> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.known.fmt(formatter)
    }
}
