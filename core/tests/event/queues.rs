//! What becomes of events that come faster than they are dealt with.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use keyway::Host;
use keyway::event::{Delivery, QueueOptions, WhenFull};
use keyway::host::Subscribed;
use keyway::testing::TestHost;

use crate::plugins::{Changed, changed};
use crate::until;

/// A subscriber that takes one event and then stands still until it is let go.
struct Slow {
    subscribed: Subscribed,
    seen: Arc<Mutex<Vec<u64>>>,
    go: Sender<()>,
}

impl Slow {
    /// Subscribes, and publishes event 0, so that all further ones have to wait.
    async fn begin(host: &Host, when_full: WhenFull) -> Self {
        let (go, gate): (_, Receiver<()>) = channel();
        let (gate, seen) = (Mutex::new(gate), Arc::new(Mutex::new(Vec::new())));
        let note = Arc::clone(&seen);
        let queue = Delivery::Queue(QueueOptions { capacity: 3, when_full });
        let subscribed = host.subscribe::<Changed>(queue, move |event| {
            note.lock().unwrap().push(event.number);
            // An error means that the test has let go of everything.
            let _ = gate.lock().unwrap().recv();
        });
        let slow = Self { subscribed: subscribed.unwrap(), seen, go };
        host.publisher::<Changed>().unwrap().publish(changed("first", 0)).await;
        until("the first event is taken", || slow.seen.lock().unwrap().len() == 1).await;
        slow
    }

    /// Lets it go on, and answers all that it saw after the first event, once `count` were seen.
    async fn rest(self, count: usize) -> Vec<u64> {
        drop(self.go);
        until("the waiting events are delivered", || self.seen.lock().unwrap().len() > count).await;
        self.seen.lock().unwrap()[1..].to_vec()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_oldest_or_the_newest_are_dropped_and_counted() {
    let host = TestHost::new().start().await.unwrap();
    for (when_full, expected) in [(WhenFull::DropOldest, [3, 4, 5]), (WhenFull::DropNewest, [1, 2, 3])] {
        let slow = Slow::begin(&host, when_full).await;
        let publisher = host.publisher::<Changed>().unwrap();
        for number in 1..=5 {
            publisher.try_publish(changed("same", number)).unwrap();
        }
        let queue = slow.subscribed.info().queue.unwrap();
        assert_eq!((queue.queued, queue.dropped, queue.coalesced, queue.waiting, queue.longest), (6, 2, 0, 3, 3));
        assert_eq!((queue.capacity, queue.when_full), (3, when_full.as_str()));
        assert_eq!(slow.rest(3).await, expected, "{when_full:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_latest_event_of_each_key_is_left() {
    let host = TestHost::new().start().await.unwrap();
    let slow = Slow::begin(&host, WhenFull::Coalesce).await;
    let publisher = host.publisher::<Changed>().unwrap();
    for (path, number) in [("a", 1), ("b", 2), ("a", 3), ("a", 4), ("b", 5)] {
        publisher.publish(changed(path, number)).await;
    }
    let queue = slow.subscribed.info().queue.unwrap();
    assert_eq!((queue.queued, queue.dropped, queue.coalesced, queue.waiting), (6, 0, 3, 2));
    assert_eq!(slow.rest(2).await, [4, 5]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue_that_blocks_makes_publishers_wait_and_loses_nothing() {
    let host = TestHost::new().start().await.unwrap();
    let slow = Slow::begin(&host, WhenFull::Block).await;
    let publisher = host.publisher::<Changed>().unwrap();
    for number in 1..=3 {
        publisher.publish(changed("a", number)).await;
    }
    let full = publisher.try_publish(changed("a", 100)).unwrap_err();
    assert_eq!(full.missed, 1);
    assert_eq!(full.to_string(), "KW0651 1 subscriber of `content.changed` had a full queue and did not get the event");

    let given_up = tokio::time::timeout(Duration::from_millis(20), publisher.publish(changed("a", 101))).await;
    assert!(given_up.is_err(), "the publisher waits");
    let waiting = tokio::spawn(async move { publisher.publish(changed("a", 4)).await });
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(!waiting.is_finished());
    let queue = slow.subscribed.info().queue.unwrap();
    assert_eq!((queue.queued, queue.dropped, queue.waiting), (6, 2, 3), "the two that nobody waited for are counted");
    assert_eq!(slow.rest(4).await, [1, 2, 3, 4]);
    waiting.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ending_a_subscription_lets_waiting_publishers_go() {
    let host = TestHost::new().start().await.unwrap();
    let slow = Slow::begin(&host, WhenFull::Block).await;
    let publisher = host.publisher::<Changed>().unwrap();
    for number in 1..=3 {
        publisher.publish(changed("a", number)).await;
    }
    let waiting = tokio::spawn(async move { publisher.publish(changed("a", 4)).await });
    tokio::time::sleep(Duration::from_millis(20)).await;
    let Slow { subscribed, seen, go } = slow;
    drop(subscribed);
    tokio::time::timeout(Duration::from_secs(10), waiting).await.unwrap().unwrap();
    drop(go);
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(*seen.lock().unwrap(), [0], "what waited is given up");
}
