//! Tells other programs what happens on a site: events as `CloudEvents`, signed as Standard Webhooks has it, kept until they have arrived.

mod cloud_event;
mod config;
mod courier;
mod panel;
mod queue;
mod retry;
mod signature;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use arc_swap::ArcSwap;
use keyway::prelude::*;
use keyway_cms_sdk::{AdminPanel, CmsError, Markup, Panel, Refusal, Request, Site, SiteListener, hexadecimal};

use courier::{Courier, Office};
use panel::{Line, Order};
use queue::Queue;

pub use config::{Endpoint, WebhooksConfig};

/// The plugin `site.webhooks`.
#[derive(Debug, Plugin)]
#[plugin(provides(AdminPanel, SiteListener), observes("**"(capacity = 4096)))]
pub struct Webhooks {
    office: Arc<Office>,
    couriers: Vec<Arc<Courier>>,
    /// The site's address, for the `source` of events.
    source: ArcSwap<String>,
}

impl Lifecycle for Webhooks {
    type Config = WebhooksConfig;

    async fn init(ctx: &Context<Self>, config: WebhooksConfig) -> Result<Self, Error> {
        config.check()?;
        let endpoints = config.endpoints.clone();
        let office = Arc::new(Office {
            config,
            queue: Queue::open(ctx).await?,
            http: ctx.http()?,
            secrets: ctx.secrets()?,
            clock: ctx.clock(),
            random: ctx.random(),
            log: ctx.log(),
        });
        let mut couriers = Vec::with_capacity(endpoints.len());
        for endpoint in endpoints {
            check_secret(&office, &endpoint)?;
            check_address(&office, &endpoint)?;
            couriers.push(Arc::new(Courier::new(endpoint, Arc::clone(&office)).await?));
        }
        Ok(Self { office, couriers, source: ArcSwap::from_pointee("/".to_owned()) })
    }

    async fn start(&self, ctx: &Context<Self>) -> Result<(), Error> {
        for courier in &self.couriers {
            // The host ends them with the plugin, and after a reload begins those of the new instance when the old ones are over.
            drop(ctx.spawn(Arc::clone(courier).run(ctx.tasks()))?);
        }
        Ok(())
    }
}

/// A secret that is missing or malformed is told at the start, and not with the first event.
fn check_secret(office: &Office, endpoint: &Endpoint) -> Result<(), Error> {
    let name = endpoint.secret();
    let secret = office.secrets.get(&name).map_err(Error::new)?;
    match signature::sign(secret.expose(), "", 0, "") {
        Ok(_) => Ok(()),
        Err(problem) => Err(Error::message(format!("the secret `{name}` of the endpoint `{}`: {problem}", endpoint.name))),
    }
}

/// An address to which nothing will ever be sent is told at the start too.
fn check_address(office: &Office, endpoint: &Endpoint) -> Result<(), Error> {
    office.http.check(&endpoint.url).map_err(|problem| {
        let name = &endpoint.name;
        Error::message(format!(
            "nothing can be sent to the endpoint `{name}`: {problem}; correct its `url`, or take the endpoint out"
        ))
    })
}

impl SiteListener for Webhooks {
    async fn site_built(&self, site: Arc<Site>) {
        self.source.store(Arc::new(format!("{}/", site.address())));
    }
}

impl Observer for Webhooks {
    async fn observe(&self, event: &Envelope<'_>) -> Result<(), Error> {
        let wanting = self
            .couriers
            .iter()
            .filter(|courier| courier.endpoint.wants(event.topic()) && !courier.is_off.load(Ordering::Acquire));
        let wanting: Vec<&Arc<Courier>> = wanting.collect();
        if wanting.is_empty() {
            return Ok(());
        }
        let Office { queue, clock, random, .. } = &*self.office;
        let message = format!("msg_{}", hexadecimal(&random.bytes::<16>()));
        let now = clock.now();
        let time = jiff::Timestamp::try_from(now).map_err(Error::new)?.round(jiff::Unit::Second).map_err(Error::new)?;
        let body = cloud_event::json(event, &message, &self.source.load(), time).map_err(Error::new)?;
        let names: Vec<&str> = wanting.iter().map(|courier| courier.endpoint.name.as_str()).collect();
        queue.add(&names, &message, event.topic(), &body, now).await.map_err(Error::new)?;
        wanting.iter().for_each(|courier| courier.wake.notify_one());
        Ok(())
    }
}

impl AdminPanel for Webhooks {
    fn panel(&self) -> Result<Panel, CmsError> {
        Ok(Panel::new("Webhooks", "webhooks"))
    }

    async fn render(&self, request: &Request) -> Result<Markup, CmsError> {
        let shown = async {
            let (queue, now) = (&self.office.queue, self.office.clock.now());
            let mut lines = Vec::with_capacity(self.couriers.len());
            for Courier { endpoint, .. } in self.couriers.iter().map(|courier| &**courier) {
                let (waiting, due) = queue.waiting(&endpoint.name, now).await.map_err(Error::new)?;
                lines.push(Line { endpoint, health: queue.health(&endpoint.name).await?, waiting, due });
            }
            Ok::<_, Error>(panel::page(request, &lines, &queue.dead(panel::MOST_SHOWN).await?))
        };
        shown.await.map(Markup::html).map_err(|error| CmsError::message(error.to_string()))
    }

    async fn submit(&self, request: &Request) -> Result<(), Refusal> {
        let order = Order::parse(request)?;
        let Office { queue, clock, log, .. } = &*self.office;
        let done = match &order {
            Order::SwitchOn(name) => {
                let courier = self.couriers.iter().find(|courier| courier.endpoint.name == *name);
                courier.ok_or_else(|| Refusal::new("There is no endpoint of this name any more."))?.switch_on().await
            }
            Order::Retry(ids) => queue.retry(ids, clock.now()).await.map_err(Error::new),
            Order::Forget(ids) => queue.forget(ids).await.map_err(Error::new),
        };
        if let Err(error) = done {
            log.error(format_args!("what was asked for in the panel was not done: {error}"));
            return Err(Refusal::new("That could not be done; please try again."));
        }
        self.couriers.iter().for_each(|courier| courier.wake.notify_one());
        Ok(())
    }
}
