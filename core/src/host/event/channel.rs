//! One topic: the subscribers of one type of event as publishers read them, and handing an event to each.

use std::cell::Cell;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use arc_swap::ArcSwap;
use keyway_manifest::PluginId;

use super::durable::Store;
use super::queue::{Queue, Waiting};
use super::subscriber::Subscriber;
use crate::Error;
use crate::event::{
    Envelope, Event, Handed, Handler, Hear, Heard, NotKept, Posted, ReceiveNow, Sink, Source, Stored, Topic, TopicType,
    WhenQueueIsFull,
};
#[cfg(feature = "data")]
use crate::event::{ReadLetter, read_letter};
use crate::guard::{Round, Slot, Trouble};
use crate::host::tell::tell;
use crate::native::Erased;
use crate::plugin::BoxFuture;

/// How deep subscribers that are told at once may publish in their turn, before it is taken for a ring.
const DEEPEST: u32 = 16;

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// A topic whose type is forgotten, for the bus.
pub(crate) trait Channel: Send + Sync {
    /// The `Arc` of a [`Topic`] that publishers hold.
    fn topic(&self) -> Erased;
    /// Shows publishers the subscribers of the topic, in the order in which they are told.
    fn show(&self, subscribers: &[Arc<Subscriber>]);
}

/// What the bus does with the events of one type.
pub(crate) struct TopicOps {
    /// Makes the host's side of the topic.
    pub(super) open: fn(&Terms) -> Arc<dyn Channel>,
    /// Makes an event of a stored one, for a durable event.
    #[cfg(feature = "data")]
    pub(super) read: Option<ReadLetter>,
}

impl TopicOps {
    /// Those of the events `E`.
    pub(crate) const fn of<E: Event>() -> Self {
        Self {
            open: open_topic::<E>,
            #[cfg(feature = "data")]
            read: match &E::__STORED {
                Some(_) => Some(read_letter::<E>),
                None => None,
            },
        }
    }

    /// Those of a type that this program knows.
    pub(super) fn find(kind: TopicType) -> Result<&'static Self, Error> {
        let topic = kind.info.topic;
        let missing =
            || Error::message(format!("KW0650 the type that was named for the topic `{topic}` is not one of this program"));
        kind.ops.downcast_ref().ok_or_else(missing)
    }
}

/// What all topics of a bus have in common.
#[derive(Clone)]
pub(crate) struct Terms {
    /// How long a publisher waits for room in full queues that block, all together.
    pub(in crate::host) patience: Duration,
    /// Where durable events are stored.
    pub(in crate::host) store: Option<Arc<Store>>,
}

/// The subscribers of one topic.
struct Listeners<E> {
    /// Those that are told at once, in order.
    now: Vec<Now<E>>,
    /// The queues of all others.
    queues: Vec<(Arc<Queue>, Arc<Slot>)>,
}

/// A subscriber that is told at once.
struct Now<E> {
    // Dropped before the slot, which keeps the library in place that it may have come from.
    hear: Arc<dyn Hear<E>>,
    slot: Arc<Slot>,
}

struct Typed<E> {
    topic: Arc<Topic<E>>,
    listeners: Arc<ArcSwap<Listeners<E>>>,
}

/// Makes the host's side of the topic of `E`.
fn open_topic<E: Event>(terms: &Terms) -> Arc<dyn Channel> {
    let listeners = Arc::new(ArcSwap::from_pointee(Listeners { now: Vec::new(), queues: Vec::new() }));
    let sink = Handover { listeners: Arc::clone(&listeners), terms: terms.clone() };
    Arc::new(Typed::<E> { topic: Topic::new(sink), listeners })
}

impl<E: Event> Channel for Typed<E> {
    fn topic(&self) -> Erased {
        Erased::new(Arc::clone(&self.topic))
    }

    fn show(&self, subscribers: &[Arc<Subscriber>]) {
        let queue = |subscriber: &Arc<Subscriber>| Some((Arc::clone(subscriber.queue.as_ref()?), Arc::clone(&subscriber.slot)));
        let listeners = Listeners {
            now: subscribers
                .iter()
                .filter(|subscriber| subscriber.queue.is_none() && subscriber.place.is_none())
                .filter_map(Now::of)
                .collect(),
            queues: subscribers.iter().filter_map(queue).collect(),
        };
        self.listeners.store(Arc::new(listeners));
        // A durable event is stored also while its subscribers do not run.
        self.topic.set_audience(subscribers.len() + usize::from(E::INFO.durable));
    }
}

impl<E: Event> Now<E> {
    fn of(subscriber: &Arc<Subscriber>) -> Option<Self> {
        let hear: Arc<dyn Hear<E>> = match &subscriber.handler {
            Handler::Typed(hear) => Arc::clone(hear.get::<Arc<dyn Hear<E>>>()?),
            Handler::Now(receiver) => Arc::new(Enveloped(Arc::clone(receiver))),
            Handler::Later(_) => return None,
        };
        Some(Self { slot: Arc::clone(&subscriber.slot), hear })
    }
}

/// A subscriber to all types as one of a certain type.
struct Enveloped(Arc<dyn ReceiveNow>);

impl<E: Event> Hear<E> for Enveloped {
    fn hear(&self, event: &E, publisher: PluginId) -> Heard {
        self.0.receive_now(&Envelope::new(E::INFO, publisher, event))
    }
}

/// A closure of the host as a subscriber to one type.
pub(in crate::host) struct TypedClosure<F>(pub(in crate::host) F);

impl<E: Event, F: Fn(&E) + Send + Sync> Hear<E> for TypedClosure<F> {
    fn hear(&self, event: &E, _: PluginId) -> Heard {
        Trouble::catch(|| {
            (self.0)(event);
            Ok(())
        })
    }
}

/// The sink of a topic.
struct Handover<E> {
    listeners: Arc<ArcSwap<Listeners<E>>>,
    terms: Terms,
}

impl<E: Event> Sink<E> for Handover<E> {
    fn post(&self, source: &Source, event: E, when_full: WhenQueueIsFull) -> Handed {
        if !source.is_active() {
            return stopped::<E>(source.id());
        }
        if let Some(stored) = &E::__STORED {
            return self.post_durable(stored, source.id(), event, when_full);
        }
        hand_over(&self.listeners.load(), self.terms.patience, source.id(), event, when_full)
    }
}

impl<E: Event> Handover<E> {
    /// Hands an event over once it is stored.
    #[inline(never)]
    fn post_durable(&self, stored: &Stored<E>, publisher: PluginId, event: E, when_full: WhenQueueIsFull) -> Handed {
        let Some(store) = &self.terms.store else { return not_kept::<E>("the host has no store for durable events") };
        let kept = store.keep(E::INFO, publisher, (stored.write)(&event));
        let (listeners, patience) = (Arc::clone(&self.listeners), self.terms.patience);
        let rest: BoxFuture<'static, _> = Box::pin(async move {
            kept.await?;
            let rest = hand_over(&listeners.load(), patience, publisher, event, when_full).rest;
            match rest {
                Some(rest) => rest.await,
                None => Ok(()),
            }
        });
        Handed { missed: 0, rest: Some(rest) }
    }
}

// Apart from `post`, so that telling it costs nothing where it is not told.
#[cold]
fn stopped<E: Event>(publisher: PluginId) -> Handed {
    let plugin = publisher.as_str();
    tracing::debug!(plugin, "an event was not published: plugin `{plugin}` has been stopped");
    match &E::__STORED {
        None => Handed { missed: 0, rest: None },
        Some(_) => not_kept::<E>("the plugin has been stopped"),
    }
}

fn not_kept<E: Event>(reason: &str) -> Handed {
    let error = NotKept { topic: E::INFO.topic, reason: reason.to_owned() };
    Handed { missed: 0, rest: Some(Box::pin(std::future::ready(Err(error)))) }
}

/// Tells everybody who is told at once, then fills the queues.
#[inline]
fn hand_over<E: Event>(
    listeners: &Listeners<E>,
    patience: Duration,
    publisher: PluginId,
    event: E,
    when_full: WhenQueueIsFull,
) -> Handed {
    if !listeners.now.is_empty() {
        tell_now(&listeners.now, &event, publisher);
    }
    if listeners.queues.is_empty() {
        return Handed { missed: 0, rest: None };
    }
    // The only allocation of publishing; all queues share it.
    fill(&listeners.queues, patience, &(Arc::new(Posted { publisher, event }) as Waiting), when_full)
}

/// Calls subscribers on this thread, unless events already lead to events in a ring.
fn tell_now<E: Event>(subscribers: &[Now<E>], event: &E, publisher: PluginId) {
    let depth = DEPTH.get();
    if depth >= DEEPEST {
        return tell_ring(subscribers, publisher);
    }
    DEPTH.set(depth + 1);
    let round = Round::begin();
    for Now { slot, hear } in subscribers {
        // What went wrong was counted and logged by the guard, and a panic does not get here.
        slot.call_in(&round, 0, || hear.hear(event, publisher));
    }
    drop(round);
    DEPTH.set(depth);
}

#[cold]
fn tell_ring<E: Event>(subscribers: &[Now<E>], by: PluginId) {
    let topic = E::INFO.topic.as_str();
    for Now { slot, .. } in subscribers {
        let plugin = slot.descriptor().id.as_str();
        tell!(
            error,
            { plugin, topic, }
            "KW0652 plugin `{plugin}` was not told of `{topic}` from `{by}`: subscribers with `delivery = \"sync\"` publish in a \
             ring, {DEEPEST} deep"
        );
    }
}

/// Puts an event into all queues.
#[inline(never)]
fn fill(queues: &[(Arc<Queue>, Arc<Slot>)], patience: Duration, letter: &Waiting, when_full: WhenQueueIsFull) -> Handed {
    let mut missed = 0;
    let mut full = Vec::new();
    for (queue, slot) in queues {
        if queue.put(Arc::clone(letter)).is_err() {
            match when_full {
                WhenQueueIsFull::Wait => full.push((Arc::clone(queue), slot.descriptor().id)),
                WhenQueueIsFull::PassOver => {
                    queue.pass_over();
                    missed += 1;
                }
            }
        }
    }
    let rest = (!full.is_empty()).then(|| wait_for_room(full, patience, Arc::clone(letter)));
    Handed { missed, rest }
}

/// Puts an event into full queues as soon as each has room. Those that have none in time count it as dropped.
fn wait_for_room(
    full: Vec<(Arc<Queue>, PluginId)>,
    patience: Duration,
    letter: Waiting,
) -> BoxFuture<'static, Result<(), NotKept>> {
    Box::pin(async move {
        let mut puts: Vec<_> =
            full.iter().map(|(queue, plugin)| (Box::pin(queue.put_when_there_is_room(Arc::clone(&letter))), *plugin)).collect();
        // All wait together, so that giving up is noticed by each of them.
        let all = std::future::poll_fn(|context| {
            puts.retain_mut(|(put, _)| put.as_mut().poll(context).is_pending());
            if puts.is_empty() { Poll::Ready(()) } else { Poll::Pending }
        });
        if tokio::time::timeout(patience, all).await.is_err() {
            let topic = letter.envelope().topic();
            for (_, plugin) in &puts {
                let plugin = plugin.as_str();
                tell!(
                    error,
                    { plugin, topic, }
                    "KW0654 plugin `{plugin}` did not get an event on `{topic}`: its queue stayed full for the {} ms that a publisher waits",
                    patience.as_millis()
                );
            }
        }
        Ok(())
    })
}
