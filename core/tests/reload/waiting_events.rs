//! Events that wait in the queue of a plugin while its state does not get handed over: none of them is taken out to be refused.

#![allow(unreachable_pub, reason = "a plugin is `pub`, and so is what its traits name")]

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use keyway::event::Subscriber;
use keyway::host::{ReloadError, Step};
use keyway::prelude::*;
use keyway::state::Stateful;
use keyway::testing::TestHost;

use crate::until;

/// What the subscriber hears.
#[derive(Event, Debug)]
#[event(topic = "test.kept", version = "1.0.0")]
pub struct Kept(pub u64);

static INSTANCES: AtomicU64 = AtomicU64::new(0);
static KEPT: Mutex<Vec<(u64, u64)>> = Mutex::new(Vec::new());

/// Hears the first event for a while, so that the others wait in its queue when it is reloaded. No instance takes a state twice.
#[derive(Plugin)]
#[plugin(
    subscribes(Kept(capacity = 1000)),
    state(version = 1),
    manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.keeper"
        version = "1.0.0"
        host = "*"
        [permissions]
        "events.subscribe" = { scope = ["test.*"], reason = "hears" }
    "#
)]
pub struct Keeper {
    number: u64,
    tasks: Tasks,
    has_state: AtomicBool,
}

impl Lifecycle for Keeper {
    type Config = ();

    async fn init(ctx: &Context<Self>, (): ()) -> Result<Self, Error> {
        let number = INSTANCES.fetch_add(1, Ordering::Relaxed);
        Ok(Self { number, tasks: ctx.tasks(), has_state: AtomicBool::new(false) })
    }
}

impl Stateful for Keeper {
    type State = ();

    fn save_state(&self) -> Result<(), Error> {
        Ok(())
    }

    fn restore_state(&self, (): ()) -> Result<(), Error> {
        if self.has_state.swap(true, Ordering::Relaxed) { Err(Error::message("no such luck")) } else { Ok(()) }
    }
}

impl Subscriber<Kept> for Keeper {
    async fn on(&self, event: &Kept) -> Result<(), Error> {
        if event.0 == 1 {
            self.tasks.sleep(Duration::from_millis(50)).await;
        }
        KEPT.lock().expect("no test has panicked").push((self.number, event.0));
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn what_waits_when_the_state_is_not_handed_over_is_told_to_the_instance_that_goes_on() {
    let host = TestHost::new().plugin::<Keeper>().start().await.unwrap();
    let publisher = host.publisher::<Kept>().unwrap();
    for number in 1..=100 {
        publisher.publish(Kept(number)).await;
    }
    let error = host.reload("test.keeper").await.unwrap_err();
    assert!(matches!(error, ReloadError::Failed { step: Step::Handover, .. }), "{error}");
    until("all are heard", || KEPT.lock().unwrap().len() >= 100).await;
    let first = KEPT.lock().unwrap()[0].0;
    assert!(KEPT.lock().unwrap().iter().copied().eq((1..=100).map(|number| (first, number))), "{:?}", KEPT.lock().unwrap());
    let subscriptions = host.subscriptions();
    assert_eq!((subscriptions[0].queue.unwrap().dropped, subscriptions[0].counts.refused), (0, 0));
    assert!(host.stop().await.is_clean());
}
