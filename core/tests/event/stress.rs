//! Many threads that publish while subscribers come and go.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use keyway::event::{Delivery, QueueOptions, WhenFull};
use keyway::host::Dependents;
use keyway::testing::TestHost;

use crate::plugins::reader::Reader;
use crate::plugins::{Changed, changed};
use crate::until;

const PUBLISHERS: u64 = 4;
const EVENTS: u64 = 500;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_stays_misses_nothing_while_others_come_and_go() {
    let host = TestHost::new().plugin::<Reader>().start().await.unwrap();
    let seen = Arc::new(Mutex::new(vec![Vec::new(); PUBLISHERS as usize]));
    let note = Arc::clone(&seen);
    let lossless = Delivery::Queue(QueueOptions { capacity: 8, when_full: WhenFull::Block });
    let stays = host
        .subscribe::<Changed>(lossless, move |event| {
            let publisher: usize = event.path.parse().unwrap();
            note.lock().unwrap()[publisher].push(event.number);
        })
        .unwrap();
    let sync_calls = host.subscribe::<Changed>(Delivery::Sync, |_| ()).unwrap();

    let is_over = Arc::new(AtomicBool::new(false));
    let coming_and_going = {
        let (host, is_over) = (host.host().clone(), Arc::clone(&is_over));
        tokio::spawn(async move {
            let mut turns = 0;
            while !is_over.load(Ordering::Relaxed) || turns < 20 {
                let delivery = if turns % 2 == 0 { Delivery::Sync } else { lossless };
                let typed = host.subscribe::<Changed>(delivery, |_| ()).unwrap();
                let observing = host.observe("**", Delivery::Sync, |_| ());
                tokio::task::yield_now().await;
                drop((typed, observing));
                host.disable("test.reader", Dependents::Refuse).await.unwrap();
                host.enable("test.reader", Dependents::Refuse).await.unwrap();
                turns += 1;
            }
        })
    };
    let publishing: Vec<_> = (0..PUBLISHERS)
        .map(|publisher| {
            let changes = host.publisher::<Changed>().unwrap();
            tokio::spawn(async move {
                for number in 0..EVENTS {
                    changes.publish(changed(&publisher.to_string(), number)).await;
                }
            })
        })
        .collect();
    for task in publishing {
        task.await.unwrap();
    }
    is_over.store(true, Ordering::Relaxed);
    coming_and_going.await.unwrap();
    let all = PUBLISHERS * EVENTS;
    until("everything is delivered", || stays.info().counts.calls == all).await;
    for (publisher, numbers) in seen.lock().unwrap().iter().enumerate() {
        assert!(numbers.iter().copied().eq(0..EVENTS), "publisher {publisher}: once each, and in order");
    }
    let queue = stays.info().queue.unwrap();
    assert_eq!((queue.queued, queue.dropped, queue.waiting), (all, 0, 0));
    assert!(queue.longest <= 8);
    assert_eq!(sync_calls.info().counts.calls, all);
    assert_eq!(host.subscriptions().len(), 5, "the reader's three and the two that stayed");
}
