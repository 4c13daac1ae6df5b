//! Counts the requests to a site, and goes on counting when it is reloaded: `x-visits` of each answer says the count, and `x-release`
//! which release counted it.

use std::sync::atomic::{AtomicU64, Ordering};

use keyway::prelude::*;
use keyway::state::Stateful;
use keyway_cms_sdk::{HeaderName, HeaderValue, Middleware, Request, Response};

/// Which release this is.
const RELEASE: HeaderValue = HeaderValue::from_static(if cfg!(feature = "later") { "2" } else { "1" });

/// The plugin `test.visits`.
#[derive(Debug, Plugin)]
#[plugin(provides(Middleware), state(version = 1))]
pub struct Visits {
    count: AtomicU64,
}

impl Lifecycle for Visits {
    type Config = ();

    async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
        Ok(Self { count: AtomicU64::new(0) })
    }
}

impl Stateful for Visits {
    type State = u64;

    fn save_state(&self) -> Result<u64, Error> {
        Ok(self.count.load(Ordering::Relaxed))
    }

    fn restore_state(&self, count: u64) -> Result<(), Error> {
        self.count.store(count, Ordering::Relaxed);
        Ok(())
    }
}

impl Middleware for Visits {
    fn after(&self, _: &Request, response: &Response) -> Option<Response> {
        let count = self.count.fetch_add(1, Ordering::Relaxed) + 1;
        let mut response = response.clone();
        response.headers_mut().insert(HeaderName::from_static("x-visits"), HeaderValue::from(count));
        response.headers_mut().insert(HeaderName::from_static("x-release"), RELEASE);
        Some(response)
    }
}
