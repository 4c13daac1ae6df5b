//! What an operator reads about subscribers. Each case is a process of its own, whose stderr is read.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use keyway::event::{Delivery, QueueOptions, WhenFull};
use keyway::guard::Breaker;
use keyway::host::{Dependents, DurableOptions, HostBuilder};
use keyway::testing::TestHost;

use crate::durable::{Folder, HASTY, entry};
use crate::ledger::{Clerk, Entry};
use crate::plugins::Removed;
use crate::plugins::villain::Villain;
use crate::until;

/// What this program writes to stderr when it runs one of the ignored tests below.
fn stderr_of(test: &str) -> String {
    let program = std::env::current_exe().unwrap();
    let output = Command::new(program).args([test, "--exact", "--ignored", "--nocapture"]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[tokio::test]
#[ignore = "run by the test below, in a process of its own"]
async fn a_subscriber_hangs() {
    let quick = |builder: HostBuilder| builder.hang_after(Duration::from_millis(40));
    let host = TestHost::new().plugin::<Villain>().adjust(quick).start().await.unwrap();
    let (villain, publisher) = (host.concrete::<Villain>().unwrap(), host.publisher::<Removed>().unwrap());
    villain.is_held.store(true, Ordering::Release);
    let publish = move || publisher.try_publish(Removed("hang".to_owned()));
    let publishing = std::thread::Builder::new().name("publishing".to_owned()).spawn(publish).unwrap();
    until("it is found", || host.subscriptions()[1].breaker != Breaker::Closed).await;
    villain.is_held.store(false, Ordering::Release);
    publishing.join().unwrap().unwrap();
    host.stop().await;
}

#[test]
fn a_subscriber_that_hangs_is_named_with_its_topic_and_the_thread() {
    let text = stderr_of("told::a_subscriber_hangs");
    let line = text.lines().find(|line| line.contains("KW0633")).expect("it is told");
    assert!(line.contains("KW0633 plugin `test.a-villain 1.0.0` has held the thread `publishing` (ThreadId("), "{line}");
    assert!(line.contains(") in `content.removed::on` for "), "{line}");
    let left_out = "KW0630 plugin `test.a-villain` is left out at `content.removed`, because a call of `on` there has hung for ";
    assert!(text.contains(left_out) && !text.contains("failed too often"), "{text}");
}

#[tokio::test]
#[ignore = "run by the test below, in a process of its own"]
async fn a_stored_event_fails() {
    let folder = Folder::new();
    let adjust = |builder: HostBuilder| builder.durable_events(HASTY).breaker(None);
    let host = TestHost::new().plugin::<Clerk>().data_folder(&folder.0).adjust(adjust).start().await.unwrap();
    host.publisher::<Entry>().unwrap().publish(entry(1, "fail")).await.unwrap();
    until("it is given up", || host.subscriptions()[0].durable.unwrap().dead_letters == 1).await;
    host.stop().await;
}

#[test]
fn each_failed_attempt_at_a_stored_event_is_told_with_its_number_and_what_follows() {
    let text = stderr_of("told::a_stored_event_fails");
    let told: Vec<_> = text.lines().filter(|line| line.contains("KW06")).collect();
    let attempt = "warning: KW0604 plugin `test.clerk 1.0.0` failed at the stored event 1 on `ledger.entry`, attempt";
    assert_eq!(told.len(), 3, "{text}");
    assert!(told[0].starts_with(&format!("{attempt} 1 of 3, again in 1 ms: ")), "{text}");
    assert!(told[1].starts_with(&format!("{attempt} 2 of 3, again in 1 ms: ")), "{text}");
    assert!(told[2].starts_with("error: KW0656 event 1 on `ledger.entry`") && told[2].contains("dead letter"), "{text}");
}

#[tokio::test]
#[ignore = "run by the test below, in a process of its own"]
async fn too_many_events_wait() {
    let folder = Folder::new();
    let few = DurableOptions { keep_at_most: 2, ..HASTY };
    let start =
        || TestHost::new().plugin::<Clerk>().data_folder(&folder.0).adjust(move |builder| builder.durable_events(few)).start();
    let host = start().await.unwrap();
    host.disable("test.clerk", Dependents::Refuse).await.unwrap();
    let entries = host.publisher::<Entry>().unwrap();
    for number in 1..=5 {
        entries.publish(entry(number, "")).await.unwrap();
    }
    host.stop().await;
    drop((host, entries));
    start().await.unwrap().stop().await;
}

#[test]
fn events_that_were_removed_before_a_subscriber_had_them_are_told() {
    let text = stderr_of("told::too_many_events_wait");
    let expected = "KW0657 3 durable events on `ledger.entry` were removed before plugin `test.clerk` had them: they were too old or \
                    too many";
    assert!(text.lines().any(|line| line.ends_with(expected)), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "run by the test below, in a process of its own"]
async fn a_queue_stays_full() {
    let impatient = |builder: HostBuilder| builder.publish_deadline(Duration::from_millis(50));
    let host = TestHost::new().adjust(impatient).start().await.unwrap();
    let is_held = Arc::new(AtomicBool::new(true));
    let held = Arc::clone(&is_held);
    let hold = move |_: &Removed| {
        while held.load(Ordering::Acquire) {
            std::thread::yield_now();
        }
    };
    let queue = Delivery::Queue(QueueOptions { capacity: 1, when_full: WhenFull::Block });
    let subscribed = host.subscribe::<Removed>(queue, hold).unwrap();
    let removed = host.publisher::<Removed>().unwrap();
    removed.publish(Removed("in hand".to_owned())).await;
    until("the first is taken", || subscribed.info().queue.unwrap().waiting == 0).await;
    removed.publish(Removed("in the queue".to_owned())).await;
    removed.publish(Removed("too many".to_owned())).await;
    is_held.store(false, Ordering::Release);
    assert_eq!(subscribed.info().queue.unwrap().dropped, 1);
    host.stop().await;
}

#[test]
fn a_queue_that_stays_full_is_told() {
    let text = stderr_of("told::a_queue_stays_full");
    let expected = "KW0654 plugin `host` did not get an event on `content.removed`: its queue stayed full for the 50 ms that a publisher \
                    waits";
    assert!(text.lines().any(|line| line.ends_with(expected)), "{text}");
}
