//! Events through the public interface: delivery, queues, permissions, faults, and many threads at once.

#![expect(clippy::unwrap_used, reason = "the shared parts of these tests are tests too")]

mod crash;
mod delivery;
mod durable;
mod faults;
mod ledger;
mod plugins;
mod queues;
mod stress;
mod told;

use std::time::Duration;

/// Waits until something is so; a test that waits for longer than 10 s has failed.
pub(crate) async fn until(what: &str, is_so: impl Fn() -> bool) {
    for _ in 0..2_000 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("never came true: {what}");
}
