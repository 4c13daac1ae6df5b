//! Subscribers that panic, hang, fail and are flooded: nobody else loses an event, and it is known whose fault it was.

use std::sync::atomic::Ordering;
use std::time::Duration;

use keyway::guard::Breaker;
use keyway::host::{Dependents, HostBuilder, State};
use keyway::testing::TestHost;

use crate::plugins::reader::Reader;
use crate::plugins::villain::Villain;
use crate::plugins::{Changed, Removed, changed};
use crate::until;

#[tokio::test]
async fn a_bad_subscriber_costs_the_others_no_event() {
    // The villain comes before the reader in start order, and so is told first.
    let host = TestHost::new().plugin::<Villain>().plugin::<Reader>().start().await.unwrap();
    let (villain, reader) = (host.concrete::<Villain>().unwrap(), host.concrete::<Reader>().unwrap());
    let publisher = host.publisher::<Changed>().unwrap();
    for (number, path) in (1..).zip(["panic", "fail", "hang", "fine"]) {
        publisher.publish(changed(path, number)).await;
    }
    until("the villain came through", || *villain.done.lock().unwrap() == [4]).await;
    until("the reader has all", || *reader.changed.lock().unwrap() == [1, 2, 3, 4]).await;
    let counts = host.subscriptions()[0].counts;
    assert_eq!((counts.calls, counts.panics, counts.errors, counts.deadlines), (4, 1, 1, 1));
}

#[tokio::test]
async fn a_panic_on_the_publishers_thread_reaches_neither_the_publisher_nor_the_next_subscriber() {
    let host = TestHost::new().plugin::<Villain>().plugin::<Reader>().start().await.unwrap();
    host.publisher::<Removed>().unwrap().try_publish(Removed("a.md".to_owned())).unwrap();
    assert_eq!(*host.concrete::<Reader>().unwrap().removed.lock().unwrap(), ["a.md"]);
    let counts = host.subscriptions()[1].counts;
    assert_eq!((counts.calls, counts.panics), (1, 1));
}

#[tokio::test]
async fn a_flooded_subscriber_drops_its_own_events_only() {
    let host = TestHost::new().plugin::<Villain>().plugin::<Reader>().start().await.unwrap();
    let (villain, reader) = (host.concrete::<Villain>().unwrap(), host.concrete::<Reader>().unwrap());
    let publisher = host.publisher::<Changed>().unwrap();
    // On a runtime with one thread nothing is taken out before this test waits: 4 fit into the one queue, 256 into the other.
    for number in 0..200 {
        publisher.try_publish(changed("fine", number)).unwrap();
    }
    until("the reader has all", || reader.changed.lock().unwrap().len() == 200).await;
    until("the villain has its rest", || villain.done.lock().unwrap().len() == 4).await;
    assert_eq!(*villain.done.lock().unwrap(), [196, 197, 198, 199]);
    let queues: Vec<_> = host.subscriptions().iter().filter_map(|info| info.queue).collect();
    assert_eq!((queues[0].dropped, queues[0].longest), (196, 4));
    assert_eq!((queues[1].dropped, queues[1].longest), (0, 200));
}

#[tokio::test]
async fn a_subscriber_that_panics_again_and_again_is_left_out_and_shows_in_the_health_of_its_plugin() {
    let host = TestHost::new().plugin::<Villain>().plugin::<Reader>().start().await.unwrap();
    let publisher = host.publisher::<Removed>().unwrap();
    for number in 0..100 {
        publisher.try_publish(Removed(number.to_string())).unwrap();
    }
    let villain = &host.subscriptions()[1];
    assert_eq!(villain.breaker, Breaker::Open);
    assert_eq!((villain.counts.panics + villain.counts.shed, villain.counts.calls), (100, villain.counts.panics));
    assert_eq!(host.plugin("test.a-villain").unwrap().state, State::RecoverableError);
    assert_eq!(host.concrete::<Reader>().unwrap().removed.lock().unwrap().len(), 100, "nobody else misses one");
    host.enable("test.a-villain", Dependents::Refuse).await.unwrap();
    assert_eq!((host.subscriptions()[1].breaker, host.plugin("test.a-villain").unwrap().state), (Breaker::Closed, State::Ok));
}

#[tokio::test]
async fn a_subscriber_that_holds_the_publishers_thread_is_found_and_left_out_until_it_comes_back() {
    let quick = |builder: HostBuilder| builder.hang_after(Duration::from_millis(40));
    let host = TestHost::new().plugin::<Villain>().adjust(quick).start().await.unwrap();
    let (villain, publisher) = (host.concrete::<Villain>().unwrap(), host.publisher::<Removed>().unwrap());
    villain.is_held.store(true, Ordering::Release);
    let publishing = std::thread::spawn(move || publisher.try_publish(Removed("hang".to_owned())));
    until("it is found", || host.subscriptions()[1].breaker != Breaker::Closed).await;
    assert_eq!(host.plugin("test.a-villain").unwrap().state, State::RecoverableError);
    villain.is_held.store(false, Ordering::Release);
    publishing.join().unwrap().unwrap();
    assert_eq!(host.subscriptions()[1].counts.calls, 1);
}
