//! What publishing allocates: nothing where nobody waits in a queue, and one block for all queues together.

use allocation_counter::measure;
use keyway::event::{Delivery, QueueOptions};
use keyway::testing::TestHost;

#[derive(keyway::Event, Clone, Copy)]
#[event(topic = "test.tick", version = "1.0.0")]
struct Tick(u64);

// On a runtime of one thread nobody takes events out of a queue while this test counts, and only this thread is counted.
#[tokio::test]
async fn publishing_allocates_once_for_all_queues_and_else_not_at_all() {
    let host = TestHost::new().start().await.unwrap();
    let ticks = host.publisher::<Tick>().unwrap();
    let publish = || (0..100).for_each(|number| ticks.try_publish(Tick(number)).unwrap());
    assert_eq!(measure(publish).count_total, 0, "nobody is subscribed");

    let at_once: Vec<_> = (0..3).map(|_| host.subscribe::<Tick>(Delivery::Sync, |_| {}).unwrap()).collect();
    publish();
    assert_eq!(measure(publish).count_total, 0, "three are told at once");

    let queue = Delivery::Queue(QueueOptions::DEFAULT);
    let queued: Vec<_> = (0..3).map(|_| host.subscribe::<Tick>(queue, |_| {}).unwrap()).collect();
    // Fills the queues, so that they do not grow while it counts: each further event takes the place of the oldest.
    (0..3).for_each(|_| publish());
    assert_eq!(measure(publish).count_total, 100, "three queues share one allocation for each event");
    drop((at_once, queued));
    host.stop().await;
}
