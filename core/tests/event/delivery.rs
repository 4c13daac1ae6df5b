//! Who is told, when, and by whose leave.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use keyway::Event;
use keyway::event::{Delivery, QueueOptions};
use keyway::host::Dependents;
use keyway::testing::TestHost;

use crate::plugins::echo::Echo;
use crate::plugins::reader::Reader;
use crate::plugins::writer::Writer;
use crate::plugins::{Changed, Made, Removed, Write, changed};
use crate::until;

#[tokio::test]
async fn an_event_reaches_its_subscribers_and_the_observers_of_its_topic() {
    let host = TestHost::new().plugin::<Writer>().plugin::<Reader>().start().await.unwrap();
    let notes = &host.start_report().notes;
    assert!(!notes.iter().any(|note| note.contains("KW0626")), "events are a part to play: {notes:?}");
    let writer = &host.extensions::<dyn Write>()[0];
    for number in 1..=3 {
        writer.write("a.md", number).await;
    }
    host.publisher::<Removed>().unwrap().publish(Removed("b.md".to_owned())).await;
    let reader = host.concrete::<Reader>().unwrap();
    until("the events are delivered", || reader.observed.lock().unwrap().len() == 4).await;
    until("the events are delivered", || reader.changed.lock().unwrap().len() == 3).await;
    assert_eq!(*reader.changed.lock().unwrap(), [1, 2, 3], "in the order of publishing");
    assert_eq!(
        *reader.observed.lock().unwrap(),
        [
            r#"content.changed 1.0.0 test.writer {"path":"a.md","number":1}"#,
            r#"content.changed 1.0.0 test.writer {"path":"a.md","number":2}"#,
            r#"content.changed 1.0.0 test.writer {"path":"a.md","number":3}"#,
            "content.removed 1.2.0 host",
        ]
    );
    let infos = host.subscriptions();
    let seen: Vec<_> = infos.iter().map(|info| (info.topic, info.queue.is_some(), info.counts.calls)).collect();
    assert_eq!(seen, [("content.changed", true, 3), ("content.removed", false, 1), ("*.*", true, 4)]);
    let queues: Vec<_> = infos.iter().filter_map(|info| info.queue).collect();
    let (room, longest): (usize, usize) =
        (queues.iter().map(|queue| queue.capacity).sum(), queues.iter().map(|queue| queue.longest).sum());
    let queued = host.plugin("test.reader").unwrap().usage.queued_events;
    assert_eq!((queued.used, queued.peak, queued.limit, queued.refused), (0, longest as u64, Some(room as u64), 0));
    assert!(longest >= 2, "each of its queues had an event at least");
    let json = serde_json::to_value(&infos[0]).unwrap();
    assert_eq!(json["plugin"], "test.reader");
    assert_eq!(json["delivered"], 3);
    assert_eq!(json["queue"]["when_full"], "drop_oldest");
    assert!(host.stop().await.is_clean());
}

#[tokio::test]
async fn a_sync_subscriber_is_told_before_publish_returns() {
    let host = TestHost::new().plugin::<Reader>().start().await.unwrap();
    let reader = host.concrete::<Reader>().unwrap();
    let removed = host.publisher::<Removed>().unwrap();
    removed.try_publish(Removed("a.md".to_owned())).unwrap();
    assert_eq!(*reader.removed.lock().unwrap(), ["a.md"]);
    removed.publish(Removed("b.md".to_owned())).await;
    assert_eq!(*reader.removed.lock().unwrap(), ["a.md", "b.md"]);
}

#[tokio::test]
async fn an_event_for_nobody_is_not_even_made() {
    let host = TestHost::new().plugin::<Writer>().start().await.unwrap();
    let publisher = host.publisher::<Changed>().unwrap();
    assert!(!publisher.has_audience());
    publisher.publish_with(|| panic!("made for nobody")).await;
    let kept = host.subscribe::<Changed>(Delivery::Sync, |_| ()).unwrap();
    assert!(publisher.has_audience());
    publisher.publish_with(|| changed("a.md", 1)).await;
    assert_eq!(kept.info().counts.calls, 1);
    drop(kept);
    assert!(!publisher.has_audience());
}

#[tokio::test]
async fn the_host_subscribes_until_it_drops_the_subscription() {
    let host = TestHost::new().plugin::<Writer>().start().await.unwrap();
    let writer = &host.extensions::<dyn Write>()[0];
    let seen = Arc::new(Mutex::new(Vec::new()));
    let note = Arc::clone(&seen);
    let typed = host.subscribe::<Changed>(Delivery::Sync, move |event| note.lock().unwrap().push(event.number)).unwrap();
    let note = Arc::clone(&seen);
    let observing = host.observe("content.*", Delivery::Queue(QueueOptions::DEFAULT), move |event| {
        note.lock().unwrap().push(event.downcast_ref::<Changed>().map_or(0, |event| event.number + 100));
    });
    writer.write("a.md", 1).await;
    until("the observer is told", || seen.lock().unwrap().len() == 2).await;
    drop(typed);
    writer.write("a.md", 2).await;
    until("the observer is told", || seen.lock().unwrap().len() == 3).await;
    drop(observing);
    writer.write("a.md", 3).await;
    assert_eq!(*seen.lock().unwrap(), [1, 101, 102]);
    assert!(host.subscriptions().is_empty());
}

#[tokio::test]
async fn disabling_ends_subscriptions_and_publishing_and_enabling_begins_them_anew() {
    let host = TestHost::new().plugin::<Writer>().plugin::<Reader>().start().await.unwrap();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let note = Arc::clone(&seen);
    let _kept = host.subscribe::<Changed>(Delivery::Sync, move |event| note.lock().unwrap().push(event.path.clone())).unwrap();
    let old_writer = host.concrete::<Writer>().unwrap();
    let old_reader = host.concrete::<Reader>().unwrap();
    host.disable("test.reader", Dependents::Refuse).await.unwrap();
    assert_eq!(host.subscriptions().len(), 1, "only the host's own is left");
    host.disable("test.writer", Dependents::Refuse).await.unwrap();
    assert_eq!(*seen.lock().unwrap(), ["farewell"], "a plugin may publish in its `stop`");
    old_writer.changed.as_ref().unwrap().publish(changed("ghost", 1)).await;
    assert_eq!(*seen.lock().unwrap(), ["farewell"], "and not after it");

    host.enable("test.writer", Dependents::Refuse).await.unwrap();
    host.enable("test.reader", Dependents::Refuse).await.unwrap();
    host.extensions::<dyn Write>()[0].write("back.md", 7).await;
    let reader = host.concrete::<Reader>().unwrap();
    until("the new instance is told", || *reader.changed.lock().unwrap() == [7]).await;
    assert!(old_reader.changed.lock().unwrap().is_empty());
    assert_eq!(host.subscriptions().len(), 4);
}

#[tokio::test]
async fn what_the_policy_denies_is_neither_published_nor_delivered() {
    let host = TestHost::new().plugin::<Writer>().plugin::<Reader>().deny("events.publish").start().await.unwrap();
    let writer = host.concrete::<Writer>().unwrap();
    let error = writer.changed.as_ref().unwrap_err();
    assert!(error.contains("`events.publish`") && error.contains("content.changed"), "{error}");
    assert_eq!(host.plugin("test.writer").unwrap().denials.count, 1);
    assert_eq!(host.subscriptions().len(), 3);

    let host = TestHost::new().plugin::<Writer>().plugin::<Reader>().deny("events.subscribe").start().await.unwrap();
    assert!(host.subscriptions().is_empty());
    assert_eq!(host.plugin("test.reader").unwrap().denials.count, 3);
}

#[tokio::test]
async fn subscribers_that_publish_in_a_ring_are_stopped() {
    let host = TestHost::new().plugin::<Echo>().start().await.unwrap();
    host.publisher::<Made>().unwrap().publish(Made).await;
    let echo = host.concrete::<Echo>().unwrap();
    assert_eq!(echo.heard.load(Ordering::Relaxed), 16);
    host.publisher::<Made>().unwrap().publish(Made).await;
    assert_eq!(echo.heard.load(Ordering::Relaxed), 32, "the depth is counted anew");
}

mod other {
    /// Takes the topic of another event.
    #[derive(keyway::Event)]
    #[event(topic = "content.changed", version = "2.0.0")]
    pub(super) struct Changed;
}

#[tokio::test]
async fn a_topic_stands_for_one_type() {
    let host = TestHost::new().plugin::<Writer>().start().await.unwrap();
    let error = host.publisher::<other::Changed>().unwrap_err().to_string();
    let (first, second) = (Changed::INFO, other::Changed::INFO);
    assert_eq!(
        error,
        format!(
            "KW0650 the topic `content.changed` stands for `{}` 1.0.0 of `{}`, and not for `{}` 2.0.0 of `{}`",
            first.type_path, first.package, second.type_path, second.package
        )
    );
    assert!(host.subscribe::<other::Changed>(Delivery::Sync, |_| ()).is_err());
}

#[test]
fn the_schema_follows_names_and_types_of_fields() {
    mod same {
        #[derive(keyway::Event)]
        #[event(topic = "content.changed", version = "1.0.0")]
        pub(super) struct Changed {
            #[event(key)]
            path: String,
            number: u64,
        }
    }
    mod wider {
        #[derive(keyway::Event)]
        #[event(topic = "content.changed", version = "1.0.0")]
        pub(super) struct Changed {
            path: String,
            number: u128,
        }
    }
    let infos = (Changed::INFO, same::Changed::INFO, wider::Changed::INFO);
    assert_eq!(infos.0.schema, infos.1.schema);
    assert_ne!(infos.0.schema, infos.2.schema);
    assert!(infos.0.is_same_type(infos.0) && !infos.0.is_same_type(infos.1), "another module, another type");
}
