//! Looks for changes that somebody has made beside the program.

use std::time::Duration;

use keyway::capability::Logger;
use keyway::event::Publisher;
use keyway::service::Service;
use keyway::task::Tasks;
use keyway_cms_sdk::event::ContentChanged;
use keyway_cms_sdk::{Store, StoreError};

/// Asks the store again and again, until the plugin is to stop, and tells when its answer is another one. A store that fails is told of once, until it
/// answers again.
pub(crate) async fn documents(
    tasks: Tasks,
    store: Service<dyn Store>,
    changed: Publisher<ContentChanged>,
    log: Logger,
    every: Duration,
) {
    let mut known: Option<String> = None;
    let mut has_failed = false;
    loop {
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
        if !tasks.pause(every).await {
            return;
        }
    }
}

async fn fingerprint(store: &Service<dyn Store>) -> Result<String, StoreError> {
    store.get().map_err(StoreError::failed)?.fingerprint().await
}
