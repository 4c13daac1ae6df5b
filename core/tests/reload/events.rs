//! Events that are published while a subscriber is reloaded reach one of its instances, once, and in their order.

#![allow(unreachable_pub, reason = "a plugin is `pub`, and so is what its traits name")]

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use keyway::event::Subscriber;
use keyway::prelude::*;
use keyway::testing::TestHost;

use crate::until;

/// A number of a sequence.
#[derive(Event, Debug)]
#[event(topic = "test.numbered", version = "1.0.0")]
pub struct Numbered(pub u64);

static HEARD: Mutex<Vec<u64>> = Mutex::new(Vec::new());

/// Hears numbers, slowly, so that some wait in its queue when it is reloaded.
#[derive(Plugin)]
#[plugin(
    subscribes(Numbered(capacity = 100000)),
    manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.hearer"
        version = "1.0.0"
        host = "*"
        [permissions]
        "events.subscribe" = { scope = ["test.*"], reason = "hears" }
    "#
)]
pub struct Hearer(Tasks);

impl Lifecycle for Hearer {
    type Config = ();

    async fn init(ctx: &Context<Self>, (): ()) -> Result<Self, Error> {
        Ok(Self(ctx.tasks()))
    }
}

impl Subscriber<Numbered> for Hearer {
    async fn on(&self, event: &Numbered) -> Result<(), Error> {
        if event.0.is_multiple_of(16) {
            self.0.sleep(std::time::Duration::from_millis(1)).await;
        }
        HEARD.lock().expect("no test has panicked").push(event.0);
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_event_is_lost_or_told_twice() {
    let host = TestHost::new().plugin::<Hearer>().start().await.unwrap();
    let publisher = host.publisher::<Numbered>().unwrap();
    let ends = std::sync::Arc::new(AtomicBool::new(false));
    let is_over = std::sync::Arc::clone(&ends);
    let publishing = tokio::spawn(async move {
        let mut number = 0;
        while !is_over.load(Ordering::Relaxed) {
            for _ in 0..8 {
                number += 1;
                publisher.publish(Numbered(number)).await;
            }
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        number
    });
    for _ in 0..100 {
        host.reload("test.hearer").await.unwrap();
        tokio::task::yield_now().await;
    }
    ends.store(true, Ordering::Relaxed);
    let published = publishing.await.unwrap();
    until("all are heard", || HEARD.lock().unwrap().len() as u64 >= published).await;
    assert!(published > 100, "there were some: {published}");
    let mut heard = HEARD.lock().unwrap().clone();
    heard.sort_unstable();
    assert!(heard.into_iter().eq(1..=published), "each of them once");
    assert_eq!(host.subscriptions().len(), 1);
    assert_eq!(host.subscriptions()[0].queue.as_ref().unwrap().dropped, 0);
    assert!(host.stop().await.is_clean());
}
