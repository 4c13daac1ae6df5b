//! Looks for changes that somebody has made beside the program.

use std::time::Duration;

use keyway::capability::Logger;
use keyway::event::Publisher;
use keyway::service::Service;
use keyway_cms_sdk::event::ContentChanged;
use keyway_cms_sdk::{Store, StoreError};
use tokio::time::{MissedTickBehavior, interval};

/// Asks the store again and again, for ever, and tells when its answer is another one. A store that fails is told of once, until it
/// answers again.
pub(crate) async fn documents(store: Service<dyn Store>, changed: Publisher<ContentChanged>, log: Logger, every: Duration) {
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut known: Option<String> = None;
    let mut has_failed = false;
    loop {
        ticks.tick().await;
        match fingerprint(&store).await {
            Ok(now) => {
                has_failed = false;
                if known.as_ref().is_some_and(|known| *known != now) {
                    log.debug("documents have changed");
                    changed.publish(ContentChanged { paths: Vec::new() }).await;
                }
                known = Some(now);
            }
            Err(error) if !has_failed => {
                has_failed = true;
                log.warn(format_args!("the store does not tell whether documents have changed: {error}"));
            }
            Err(_) => {}
        }
    }
}

async fn fingerprint(store: &Service<dyn Store>) -> Result<String, StoreError> {
    store.get().map_err(StoreError::failed)?.fingerprint().await
}
