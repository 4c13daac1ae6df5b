//! Subscribers that come and go while others publish, and the queues between them, under shuttle.

use std::time::Duration;

use keyway_manifest::Descriptor;
use shuttle::{future, thread};

use super::queue::{Queue, Waiting};
use super::*;
use crate::event::{Delivery, Envelope, Filter, Handler, Posted, Publisher, QueueOptions, WhenFull};
use crate::guard::{CallObserver, SlotOptions, Timer};
use crate::interleaved::interleave;
use crate::plugin::BoxFuture;
use crate::{CallError, Event};

#[derive(Event)]
#[event(topic = "test.saved", version = "1.0.0")]
struct Saved;

struct Outside;

impl Timer for Outside {
    fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
        Box::pin(std::future::pending())
    }
}

impl CallObserver for Outside {
    fn failed(&self, _: &CallError) {}
}

fn subscribe(bus: &Bus) -> Key {
    static SUBSCRIBER: Descriptor = Descriptor { id: PluginId::new("test.subscriber"), ..Descriptor::EMPTY };
    let slot = Slot::new(&SUBSCRIBER, &OBSERVING, SlotOptions::new(Arc::new(Outside), Arc::new(Outside)));
    let (filter, delivery) = (Filter::Type(TopicType::of::<Saved>()), Delivery::Queue(QueueOptions::DEFAULT));
    let handler: Handler = closure(|_: &Envelope<'_>| {});
    bus.add(None, Arc::new(slot), Subscription { point: &OBSERVING, filter, delivery, handler })
}

fn publish(bus: &Bus) {
    let topic = bus.topic(TopicType::of::<Saved>()).expect("the topic has one type");
    let publisher =
        Publisher::<Saved>::of_topic(&topic, bus.source(0, PluginId::new("test.publisher"))).expect("it is its topic");
    publisher.try_publish(Saved).expect("the queues have room");
}

fn queue_of(key: &Key) -> Arc<Queue> {
    Arc::clone(key.0.queue.as_ref().expect("it was subscribed with a queue"))
}

#[test]
fn who_has_subscribed_is_told_and_who_has_left_is_not() {
    // The tasks that would deliver are made and never run, so that all that came is still in the queues.
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime can be made");
    let _inside = runtime.enter();
    interleave(|| {
        let bus = Bus::new(Terms { patience: Duration::ZERO, store: None });
        let early = subscribe(&bus);
        let on = |part: fn(&Bus)| {
            let bus = Arc::clone(&bus);
            thread::spawn(move || part(&bus))
        };
        let (first, second) = (on(publish), on(publish));
        let late = {
            let bus = Arc::clone(&bus);
            thread::spawn(move || subscribe(&bus))
        };
        let queue = queue_of(&early);
        bus.unsubscribe(&early);
        assert_eq!(queue.look().2, 0, "what was in it is dropped");
        let late = late.join().expect("it ends");
        let before = queue_of(&late).look().2;
        publish(&bus);
        assert!(queue_of(&late).look().2 > before, "whoever has subscribed gets what is published from then on");
        first.join().expect("it ends");
        second.join().expect("it ends");
        assert_eq!(queue.look().2, 0, "and nothing comes in after it");
        assert!((1..=3).contains(&queue_of(&late).look().2));
        let ids: Vec<_> = bus.infos().into_iter().map(|info| info.topic).collect();
        assert_eq!(ids, ["test.saved"], "one is left");
    });
}

fn letter() -> Waiting {
    Arc::new(Posted { publisher: PluginId::new("test.publisher"), event: Saved })
}

fn put(queue: &Arc<Queue>) -> thread::JoinHandle<()> {
    let queue = Arc::clone(queue);
    thread::spawn(move || future::block_on(queue.put_when_there_is_room(letter())))
}

#[test]
fn publishers_that_wait_for_room_get_it() {
    interleave(|| {
        let queue = Queue::new(QueueOptions { capacity: 1, when_full: WhenFull::Block });
        let publishers = [put(&queue), put(&queue), put(&queue)];
        for _ in 0..publishers.len() {
            assert_eq!(
                future::block_on(queue.next(|| false)).expect("it is open").envelope().topic(),
                Saved::INFO.topic.as_str()
            );
        }
        publishers.into_iter().for_each(|publisher| publisher.join().expect("it ends"));
        let (_, counts, waiting) = queue.look();
        assert_eq!((counts.queued, counts.dropped, waiting), (3, 0, 0));
    });
}

#[test]
fn closing_wakes_everybody_and_nothing_comes_in_after_it() {
    interleave(|| {
        let queue = Queue::new(QueueOptions { capacity: 1, when_full: WhenFull::Block });
        let publishers = [put(&queue), put(&queue)];
        let taker = {
            let queue = Arc::clone(&queue);
            thread::spawn(move || while future::block_on(queue.next(|| false)).is_some() {})
        };
        queue.close();
        assert_eq!(queue.look().2, 0);
        publishers.into_iter().for_each(|publisher| publisher.join().expect("it ends"));
        taker.join().expect("it ends");
        assert_eq!(queue.look().2, 0);
    });
}
