//! Limits how many requests one client may send in a time.

mod answer;
mod buckets;
mod client;
mod quota;
mod rule;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use keyway::capability::{Clock, Logger};
use keyway::prelude::*;
use keyway_cms_sdk::{ClientAddress, Middleware, Request, Response};
use serde::Deserialize;

use buckets::Buckets;
use client::{Client, Network};
use rule::Rule;
pub use rule::RuleConfig;

/// The plugin `site.rate-limit`.
#[derive(Debug, Plugin)]
#[plugin(provides(Middleware))]
pub struct RateLimit {
    rules: Vec<Rule>,
    exempt: Vec<Network>,
    buckets: Buckets,
    has_headers: bool,
    clock: Clock,
    log: Logger,
    refused: AtomicU64,
    has_warned: AtomicBool,
}

/// The plugin's settings; their defaults stand in `plugin.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimitConfig {
    /// Which requests are limited how. The first that fits counts.
    pub rules: Vec<RuleConfig>,
    /// Addresses and networks that are not limited.
    pub exempt: Vec<String>,
    /// How many buckets are remembered.
    pub clients: usize,
    /// Whether answers say what is left.
    pub headers: bool,
}

/// Refusals are told in the log at the 1st, the 2nd, the 4th and so on, so that a flood does not fill it.
const fn is_told(count: u64) -> bool {
    count.is_power_of_two()
}

impl Lifecycle for RateLimit {
    type Config = RateLimitConfig;

    async fn init(ctx: &Context<Self>, config: RateLimitConfig) -> Result<Self, Error> {
        if config.clients == 0 {
            return Err(Error::message("`clients` is 0; set 1 or more"));
        }
        Ok(Self {
            rules: Rule::read_all(&config.rules).map_err(Error::message)?,
            exempt: config
                .exempt
                .iter()
                .map(|written| Network::parse(written))
                .collect::<Result<_, _>>()
                .map_err(Error::message)?,
            buckets: Buckets::new(config.clients),
            has_headers: config.headers,
            clock: ctx.clock(),
            log: ctx.log(),
            refused: AtomicU64::new(0),
            has_warned: AtomicBool::new(false),
        })
    }
}

impl RateLimit {
    /// Who sends a request and by which rule it counts; `None` when it does not.
    fn counted(&self, request: &Request) -> Option<(&Rule, u16, Client)> {
        let address = request.extensions().get::<ClientAddress>()?.0.to_canonical();
        if self.exempt.iter().any(|network| network.holds(address)) {
            return None;
        }
        // There are never as many rules as numbers: they are read with a limit.
        let (rule, number) = self.rules.iter().zip(0..).find(|(rule, _)| rule.fits(request))?;
        Some((rule, number, Client::of(address)))
    }

    /// Behind a proxy on this machine that nobody trusts, all visitors seem to be this machine.
    fn warn_of_proxy(&self, request: &Request) {
        let is_loopback = request.extensions().get::<ClientAddress>().is_some_and(|client| client.0.to_canonical().is_loopback());
        if is_loopback && request.headers().contains_key("x-forwarded-for") && !self.has_warned.swap(true, Ordering::Relaxed) {
            self.log.warn(
                "a proxy on this machine sends requests, and all of its visitors count as this machine; \
                 set `trusted-proxies = [\"127.0.0.1\", \"::1\"]` under `[server]`",
            );
        }
    }
}

impl Middleware for RateLimit {
    fn before(&self, request: &Request) -> Option<Response> {
        self.warn_of_proxy(request);
        let (rule, number, client) = self.counted(request)?;
        let wait = self.buckets.take((number, client), &rule.quota, self.clock.elapsed()).err()?;
        let refused = self.refused.fetch_add(1, Ordering::Relaxed) + 1;
        if is_told(refused) {
            self.log.warn(format_args!(
                "{client} has sent more than the rule `{}` allows and was answered 429; {refused} requests were since the start",
                rule.name
            ));
        }
        let state = self.has_headers.then(|| self.buckets.look((number, client), &rule.quota, self.clock.elapsed()));
        Some(answer::refused(wait, state.map(|state| (rule, state))))
    }

    fn after(&self, request: &Request, response: &Response) -> Option<Response> {
        if !self.has_headers {
            return None;
        }
        let (rule, number, client) = self.counted(request)?;
        let state = self.buckets.look((number, client), &rule.quota, self.clock.elapsed());
        let mut answer = response.clone();
        answer::tell(answer.headers_mut(), rule, state);
        Some(answer)
    }
}
