//! Publishing an event of 16 bytes: to subscribers that are told at once, from two threads, and through a queue.

#![expect(clippy::disallowed_types, reason = "the bus by hand is the one that one would write")]

use std::collections::HashMap;
use std::hint::black_box;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, RwLock};
use std::thread::JoinHandle;

use bevy_ecs::event::Event as BevyEvent;
use bevy_ecs::observer::On;
use bevy_ecs::world::World;
use keyway::event::{Delivery, Publisher, QueueOptions};
use keyway_benches::meter::{Group, Meter, run};
use keyway_benches::runtime::{background, one_thread};

keyway::host! {
    policy = grant_requested,
    plugins = [],
}

/// What is published.
#[derive(Clone, Copy, Debug, keyway::Event)]
#[event(topic = "bench.tick", version = "1.0.0")]
struct Tick(u64, u64);

/// The same for bevy.
#[derive(Clone, Copy, Debug, BevyEvent)]
struct BevyTick(Tick);

/// What every subscriber does.
fn hear(tick: &Tick) {
    black_box((tick.0, tick.1));
}

fn main() -> ExitCode {
    run(&[
        Group { name: "publish to nobody", add: add::<0> },
        Group { name: "publish to 1", add: add::<1> },
        Group { name: "publish to 10", add: add::<10> },
        Group { name: "publish to 100", add: add::<100> },
        Group { name: "publish to 10, another thread does the same: lock", add: beside_lock },
        Group { name: "publish to 10, another thread does the same: keyway", add: beside_keyway },
        Group { name: "200 events through a queue to a task", add: through_a_queue },
    ])
}

type Bus = RwLock<HashMap<String, Vec<Box<dyn Fn(&Tick) + Send + Sync>>>>;

fn bus(subscribers: usize) -> Bus {
    let mut handlers: Vec<Box<dyn Fn(&Tick) + Send + Sync>> = Vec::new();
    (0..subscribers).for_each(|_| handlers.push(Box::new(hear)));
    RwLock::new(HashMap::from([("bench.tick".to_owned(), handlers)]))
}

fn publish_by_lock(bus: &Bus) {
    let bus = bus.read().expect("not poisoned");
    bus.get(black_box("bench.tick")).into_iter().flatten().for_each(|handler| handler(&black_box(Tick(1, 2))));
}

/// A host of its own with so many subscribers, which stay for the life of the program.
fn keyway_publisher(subscribers: usize) -> Publisher<Tick> {
    let runtime = background();
    let host = runtime.block_on(keyway::Host::builder(plugins()).start()).expect("a host without plugins starts");
    let publisher = host.publisher::<Tick>().expect("the topic is free");
    for _ in 0..subscribers {
        let subscribed = host.subscribe::<Tick>(Delivery::Sync, hear).expect("the topic is free");
        Box::leak(Box::new(subscribed));
    }
    Box::leak(Box::new(host));
    publisher
}

fn add<const SUBSCRIBERS: usize>(meter: &mut Meter<'_>) {
    let by_lock = bus(SUBSCRIBERS);
    meter.subject("`RwLock<HashMap<String, Vec<Box<dyn Fn>>>>` by hand", move || publish_by_lock(&by_lock));

    let (sender, receiver) = tokio::sync::broadcast::channel::<Tick>(16);
    let mut receivers: Vec<_> = (0..SUBSCRIBERS).map(|_| receiver.resubscribe()).collect();
    drop(receiver);
    meter.subject("`tokio::sync::broadcast`, sent and received", move || {
        let _ = sender.send(black_box(Tick(1, 2)));
        receivers.iter_mut().for_each(|receiver| receiver.try_recv().iter().for_each(hear));
    });

    let mut world = World::new();
    (0..SUBSCRIBERS).for_each(|_| drop(world.add_observer(|tick: On<BevyTick>| hear(&tick.0))));
    world.flush();
    meter.subject("bevy_ecs observers", move || world.trigger(black_box(BevyTick(Tick(1, 2)))));

    let publisher = keyway_publisher(SUBSCRIBERS);
    meter.subject("keyway: sync delivery, guarded", move || publisher.try_publish(black_box(Tick(1, 2))));
}

/// A thread that publishes by the same bus again and again, until this is dropped.
struct Beside<B> {
    bus: Arc<B>,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl<B: Send + Sync + 'static> Beside<B> {
    fn new(bus: B, publish: fn(&B)) -> Self {
        let (bus, is_over) = (Arc::new(bus), Arc::new(AtomicBool::new(false)));
        let (other, over) = (Arc::clone(&bus), Arc::clone(&is_over));
        let thread = std::thread::spawn(move || {
            while !over.load(Ordering::Relaxed) {
                (0..1_000).for_each(|_| publish(&other));
            }
        });
        Self { bus, is_over, thread: Some(thread) }
    }

    /// The bus; asked of the whole, so that a closure which uses it keeps the thread going.
    fn bus(&self) -> &B {
        &self.bus
    }
}

impl<B> Drop for Beside<B> {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        self.thread.take().map(JoinHandle::join);
    }
}

/// The other thread publishes by the bus of the second subject, so that both are measured on an equally busy machine. Two processors must
/// be free: where the lock does not show the other thread, neither does the row of Keyway say anything.
fn beside_lock(meter: &mut Meter<'_>) {
    let alone = bus(10);
    meter.subject("`RwLock<HashMap<…>>` that only this thread uses", move || publish_by_lock(&alone));
    let both = Beside::new(bus(10), publish_by_lock);
    meter.subject("`RwLock<HashMap<…>>` that both use", move || publish_by_lock(both.bus()));
}

fn beside_keyway(meter: &mut Meter<'_>) {
    let publish = |publisher: &Publisher<Tick>| {
        black_box(publisher.try_publish(black_box(Tick(1, 2)))).expect("no queue is full");
    };
    let alone = keyway_publisher(10);
    meter.subject("keyway, a topic that only this thread uses", move || publish(&alone));
    let both = Beside::new(keyway_publisher(10), publish);
    meter.subject("keyway, a topic that both use", move || publish(both.bus()));
}

/// How many events are published before they are awaited; all of them fit into a queue.
const BURST: u64 = 200;

/// Publisher and subscriber are tasks of one thread, so that its processor clock sees both.
fn through_a_queue(meter: &mut Meter<'_>) {
    let heard = Arc::new(AtomicU64::new(0));
    let hear_one = |heard: &Arc<AtomicU64>| {
        let heard = Arc::clone(heard);
        move |tick: &Tick| {
            hear(tick);
            heard.fetch_add(1, Ordering::Relaxed);
        }
    };

    let runtime = one_thread();
    let (sender, mut receiver) = tokio::sync::mpsc::channel::<Tick>(256);
    let (hear_by_task, seen) = (hear_one(&heard), Arc::clone(&heard));
    runtime.spawn(async move {
        while let Some(tick) = receiver.recv().await {
            hear_by_task(&tick);
        }
    });
    meter.subject("`tokio::sync::mpsc`, 256 long", move || {
        runtime.block_on(async {
            let goal = seen.load(Ordering::Relaxed) + BURST;
            for _ in 0..BURST {
                sender.send(black_box(Tick(1, 2))).await.expect("the task runs");
            }
            while seen.load(Ordering::Relaxed) < goal {
                tokio::task::yield_now().await;
            }
        });
    });

    let runtime = one_thread();
    let host = runtime.block_on(keyway::Host::builder(plugins()).start()).expect("a host without plugins starts");
    let publisher = host.publisher::<Tick>().expect("the topic is free");
    let hear_by_queue = hear_one(&heard);
    let subscribe = async { host.subscribe::<Tick>(Delivery::Queue(QueueOptions::DEFAULT), hear_by_queue) };
    let subscribed = runtime.block_on(subscribe).expect("the topic is free");
    Box::leak(Box::new((host, subscribed)));
    let seen = heard;
    meter.subject("keyway, a queue of 256, guarded", move || {
        runtime.block_on(async {
            let goal = seen.load(Ordering::Relaxed) + BURST;
            for _ in 0..BURST {
                publisher.publish(black_box(Tick(1, 2))).await;
            }
            while seen.load(Ordering::Relaxed) < goal {
                tokio::task::yield_now().await;
            }
        });
    });
}
