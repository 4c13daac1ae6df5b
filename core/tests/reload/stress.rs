//! Readers that call without a pause while the plugin is reloaded again and again: no call is refused, and no count is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use keyway::testing::TestHost;

use crate::plugins::Count;
use crate::plugins::counter::Counter;

struct Tally {
    ends: AtomicBool,
    counted: AtomicU64,
    refused: AtomicU64,
    missing: AtomicU64,
}

async fn reload_under_load(reloads: u32) {
    let host = TestHost::new().plugin::<Counter>().start().await.unwrap();
    let tally = Arc::new(Tally {
        ends: AtomicBool::new(false),
        counted: AtomicU64::new(0),
        refused: AtomicU64::new(0),
        missing: AtomicU64::new(0),
    });
    let mut readers = Vec::new();
    for reader in 0..4 {
        let (point, tally) = (host.point::<dyn Count>(), Arc::clone(&tally));
        readers.push(tokio::spawn(async move {
            while !tally.ends.load(Ordering::Relaxed) {
                let extensions = point.extensions();
                let Some(counter) = extensions.first() else {
                    tally.missing.fetch_add(1, Ordering::Relaxed);
                    continue;
                };
                let answer = if reader % 2 == 0 { counter.count() } else { counter.count_later().await };
                let tallied = if answer.is_ok() { &tally.counted } else { &tally.refused };
                tallied.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
            }
        }));
    }
    for _ in 0..reloads {
        let reloaded = host.reload("test.counter").await.unwrap();
        assert!(reloaded.errors.is_empty(), "{:?}", reloaded.errors);
    }
    tally.ends.store(true, Ordering::Relaxed);
    for reader in readers {
        reader.await.unwrap();
    }
    let (counted, refused) = (tally.counted.load(Ordering::Relaxed), tally.refused.load(Ordering::Relaxed));
    assert_eq!((refused, tally.missing.load(Ordering::Relaxed)), (0, 0), "refused and missing");
    assert!(counted > u64::from(reloads), "the readers were busy: {counted}");
    assert_eq!(host.extensions::<dyn Count>()[0].count().unwrap(), counted + 1, "no count was lost");
    assert_eq!(host.plugin("test.counter").unwrap().generation, reloads + 1);
    assert!(host.stop().await.is_clean());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_thousand_reloads_lose_no_call_and_no_count() {
    reload_under_load(1_000).await;
}

#[tokio::test]
async fn nor_do_they_on_one_thread() {
    let host = TestHost::new().plugin::<Counter>().start().await.unwrap();
    for round in 1..=100 {
        // Kept across the reload, as a request does that is under way.
        let before = host.extensions::<dyn Count>();
        let later = before[0].clone();
        let waits = tokio::spawn(async move { later.count_later().await });
        assert_eq!(before[0].count().unwrap(), 2 * round - 1);
        tokio::task::yield_now().await;
        drop(before);
        host.reload("test.counter").await.unwrap();
        assert_eq!(waits.await.unwrap().unwrap(), 2 * round);
    }
    assert_eq!(host.extensions::<dyn Count>()[0].count().unwrap(), 201);
    host.stop().await;
}

#[tokio::test]
async fn a_call_that_does_not_end_is_not_waited_for_for_ever() {
    let quick = "reload = { hold = '20ms', drain = '20ms' }";
    let host = TestHost::new().plugin::<Counter>();
    let host = host.adjust(move |builder| builder.config(format!("[host]\n{quick}").parse().unwrap())).start().await.unwrap();
    let kept = host.extensions::<dyn Count>();
    assert_eq!(kept[0].count().unwrap(), 1);
    host.reload("test.counter").await.unwrap();
    assert_eq!(host.extensions::<dyn Count>()[0].count().unwrap(), 2, "the state came along");
    let refused = kept[0].count().unwrap_err();
    assert!(
        matches!(refused.kind(), keyway::CallErrorKind::Unavailable),
        "who keeps an extension too long is told so: {refused}"
    );
    host.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_synchronous_call_on_one_thread_hands_the_state_over_itself() {
    let host = TestHost::new().plugin::<Counter>().start().await.unwrap();
    let kept = host.extensions::<dyn Count>();
    kept[0].count().unwrap();
    let reloading = host.host().clone();
    let reload = tokio::spawn(async move { reloading.reload("test.counter").await });
    // Until the new instance is seen, whose calls wait for those of the old one, which `kept` makes possible.
    while kept.is_same(&host.extensions::<dyn Count>()) {
        tokio::task::yield_now().await;
    }
    assert_eq!(host.extensions::<dyn Count>()[0].count().unwrap(), 2, "it neither waits for ever nor finds an empty state");
    drop(kept);
    reload.await.unwrap().unwrap();
    assert_eq!(host.extensions::<dyn Count>()[0].count().unwrap(), 3);
    host.stop().await;
}
