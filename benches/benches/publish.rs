//! Publishing an event of 16 bytes to 0, 1, 10 and 100 subscribers that are told at once.

#![expect(clippy::disallowed_types, reason = "the bus by hand is the one that one would write")]

use std::collections::HashMap;
use std::hint::black_box;
use std::process::ExitCode;
use std::sync::RwLock;
use std::sync::atomic::{AtomicU64, Ordering};

use bevy_ecs::event::Event as BevyEvent;
use bevy_ecs::observer::On;
use bevy_ecs::world::World;
use keyway::event::Delivery;
use keyway_benches::meter::{Group, Meter, run};
use keyway_benches::runtime::background;

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
    static HEARD: AtomicU64 = AtomicU64::new(0);
    HEARD.store(HEARD.load(Ordering::Relaxed).wrapping_add(tick.0), Ordering::Relaxed);
}

fn main() -> ExitCode {
    run(&[
        Group { name: "publish to nobody", add: add::<0> },
        Group { name: "publish to 1", add: add::<1> },
        Group { name: "publish to 10", add: add::<10> },
        Group { name: "publish to 100", add: add::<100> },
    ])
}

type Bus = RwLock<HashMap<String, Vec<Box<dyn Fn(&Tick) + Send + Sync>>>>;

fn add<const SUBSCRIBERS: usize>(meter: &mut Meter<'_>) {
    let bus: Bus = RwLock::new(HashMap::new());
    let mut handlers: Vec<Box<dyn Fn(&Tick) + Send + Sync>> = Vec::new();
    (0..SUBSCRIBERS).for_each(|_| handlers.push(Box::new(hear)));
    bus.write().expect("not poisoned").insert("bench.tick".to_owned(), handlers);
    meter.subject("`RwLock<HashMap<String, Vec<Box<dyn Fn>>>>` by hand", move || {
        let bus = bus.read().expect("not poisoned");
        bus.get(black_box("bench.tick")).into_iter().flatten().for_each(|handler| handler(&black_box(Tick(1, 2))));
    });

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

    let runtime = background();
    let host = runtime.block_on(keyway::Host::builder(plugins()).start()).expect("a host without plugins starts");
    let publisher = host.publisher::<Tick>().expect("the topic is free");
    for _ in 0..SUBSCRIBERS {
        let subscribed = host.subscribe::<Tick>(Delivery::Sync, hear).expect("the topic is free");
        Box::leak(Box::new(subscribed));
    }
    Box::leak(Box::new(host));
    meter.subject("keyway: sync delivery, guarded", move || publisher.try_publish(black_box(Tick(1, 2))));
}
