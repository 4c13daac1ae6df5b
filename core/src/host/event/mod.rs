//! The bus: who is subscribed to what, and handing events over.
//!
//! Publishing reads a list that is swapped whole when a subscriber comes or goes, and takes no lock but those of the queues it fills.

mod attach;
mod queue;
mod ring;
mod subscribed;
mod subscriber;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use keyway_manifest::PluginId;

use crate::Error;
use crate::event::{Package, Sink, Source, Subscription, Topic, TopicType, WhenQueueIsFull};
use crate::guard::Slot;
use crate::host::tell::tell;
use crate::plugin::BoxFuture;
use subscriber::Subscriber;

pub(super) use subscribed::{HOST, OBSERVING, closure};
pub use subscribed::{QueueInfo, Subscribed, SubscriptionInfo};

/// How deep subscribers that are told at once may publish in their turn, before it is taken for a ring.
const DEEPEST: u32 = 16;

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// All topics and subscribers of a host.
#[derive(Default)]
pub(super) struct Bus(Mutex<State>);

#[derive(Default)]
struct State {
    channels: BTreeMap<&'static str, Channel>,
    /// In the order in which they came, which is the start order.
    subscribers: Vec<Arc<Subscriber>>,
    sources: Vec<(usize, Arc<Source>)>,
}

/// One topic.
struct Channel {
    kind: TopicType,
    topic: Arc<Topic>,
    list: Arc<Listeners>,
}

/// The subscribers of one topic as publishers read them.
#[derive(Default)]
struct Listeners(ArcSwap<Vec<Arc<Subscriber>>>);

/// [`Listeners`] as the sink of a topic.
struct Handover(Arc<Listeners>);

impl Sink for Handover {
    fn post(&self, package: &mut dyn Package, when_full: WhenQueueIsFull) -> (usize, Option<BoxFuture<'static, ()>>) {
        let listeners = self.0.0.load();
        let mut missed = 0;
        let mut full = Vec::new();
        for subscriber in listeners.iter() {
            let Some(queue) = &subscriber.queue else {
                deliver_now(subscriber, package);
                continue;
            };
            if let Err(letter) = queue.put(package.share()) {
                match when_full {
                    WhenQueueIsFull::Wait => full.push((Arc::clone(queue), letter)),
                    WhenQueueIsFull::PassOver => {
                        queue.pass_over();
                        missed += 1;
                    }
                }
            }
        }
        if full.is_empty() {
            return (missed, None);
        }
        let wait: BoxFuture<'static, ()> = Box::pin(async move {
            let mut puts: Vec<_> =
                full.iter().map(|(queue, letter)| Box::pin(queue.put_when_there_is_room(Arc::clone(letter)))).collect();
            // All wait together, so that giving up is noticed by each of them.
            std::future::poll_fn(|context| {
                puts.retain_mut(|put| put.as_mut().poll(context).is_pending());
                if puts.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
            })
            .await;
        });
        (missed, Some(wait))
    }

    fn refuse(&self, source: &Source) {
        let plugin = source.id().as_str();
        tracing::debug!(plugin, "an event was not published: plugin `{plugin}` has been stopped");
    }
}

/// Calls one subscriber on this thread, unless events already lead to events in a ring.
fn deliver_now(subscriber: &Subscriber, package: &dyn Package) {
    struct Leave;
    impl Drop for Leave {
        fn drop(&mut self) {
            DEPTH.set(DEPTH.get() - 1);
        }
    }
    let depth = DEPTH.get();
    if depth >= DEEPEST {
        let (plugin, event) = (subscriber.slot.descriptor().id.as_str(), package.envelope());
        let (topic, by) = (event.topic(), event.publisher());
        tell!(
            error,
            { plugin, topic, }
            "KW0652 plugin `{plugin}` was not told of `{topic}` from `{by}`: subscribers with `delivery = \"sync\"` publish in a ring, \
             {DEEPEST} deep"
        );
        return;
    }
    DEPTH.set(depth + 1);
    let _leave = Leave;
    subscriber.deliver_now(&package.envelope());
}

impl Bus {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The topic of a type of event.
    pub(super) fn topic(&self, kind: TopicType) -> Result<Arc<Topic>, Error> {
        self.state().channel(kind).map(|channel| Arc::clone(&channel.topic))
    }

    /// Notes that a plugin publishes from now on.
    pub(super) fn source(&self, rank: usize, id: PluginId) -> Arc<Source> {
        let source = Source::new(id);
        self.state().sources.push((rank, Arc::clone(&source)));
        source
    }

    /// Adds a subscriber, after all others. Whoever subscribes to a type has asked for its topic before.
    fn add(&self, owner: Option<usize>, slot: Arc<Slot>, subscription: Subscription) -> Key {
        let mut state = self.state();
        let subscriber = Subscriber::new(owner, slot, subscription);
        state.subscribers.push(Arc::clone(&subscriber));
        state.show(|topic| subscriber.wants(topic.info));
        Key(subscriber)
    }

    /// Ends one subscription.
    fn unsubscribe(&self, key: &Key) {
        self.remove(|subscriber| Arc::ptr_eq(subscriber, &key.0));
    }

    /// Ends all subscriptions of plugins.
    pub(super) fn unsubscribe_plugins(&self, ranks: &[usize]) {
        self.remove(|subscriber| subscriber.owner.is_some_and(|rank| ranks.contains(&rank)));
    }

    /// Ends the publishing of plugins.
    pub(super) fn silence(&self, ranks: &[usize]) {
        self.state().sources.retain(|(rank, source)| {
            let ends = ranks.contains(rank);
            if ends {
                source.deactivate();
            }
            !ends
        });
    }

    /// Ends everything.
    pub(super) fn close(&self) {
        self.remove(|_| true);
        self.state().sources.drain(..).for_each(|(_, source)| source.deactivate());
    }

    fn remove(&self, leaves: impl Fn(&Arc<Subscriber>) -> bool) {
        let mut state = self.state();
        let (gone, kept): (Vec<_>, Vec<_>) = std::mem::take(&mut state.subscribers).into_iter().partition(&leaves);
        state.subscribers = kept;
        if !gone.is_empty() {
            state.show(|topic| gone.iter().any(|subscriber| subscriber.wants(topic.info)));
        }
        drop(state);
        // Closing drops events, and with the last hold on it a plugin's code; neither must run under the lock.
        gone.iter().for_each(|subscriber| subscriber.close());
    }

    /// All subscriptions, in the order in which subscribers are told.
    pub(super) fn infos(&self) -> Vec<SubscriptionInfo> {
        self.state().subscribers.iter().map(|subscriber| SubscriptionInfo::of(subscriber)).collect()
    }
}

impl State {
    /// The channel of a topic, made when it is asked for the first time. A topic stands for one type.
    fn channel(&mut self, kind: TopicType) -> Result<&Channel, Error> {
        let subscribers = &self.subscribers;
        let channel = self.channels.entry(kind.info.topic.as_str()).or_insert_with(|| {
            let list = Arc::new(Listeners::default());
            let channel = Channel { kind, topic: Topic::new(Handover(Arc::clone(&list))), list };
            channel.show(subscribers);
            channel
        });
        if channel.kind.id == kind.id {
            return Ok(channel);
        }
        let (topic, first, second) = (kind.info.topic, channel.kind.info, kind.info);
        Err(Error::message(format!(
            "KW0650 the topic `{topic}` stands for `{}` {} of `{}`, and not for `{}` {} of `{}`",
            first.type_path, first.version, first.package, second.type_path, second.version, second.package
        )))
    }

    /// Shows publishers the subscribers of the topics that changed.
    fn show(&self, changed: impl Fn(&TopicType) -> bool) {
        self.channels.values().filter(|channel| changed(&channel.kind)).for_each(|channel| channel.show(&self.subscribers));
    }
}

impl Channel {
    fn show(&self, subscribers: &[Arc<Subscriber>]) {
        let list: Vec<_> = subscribers.iter().filter(|subscriber| subscriber.wants(self.kind.info)).map(Arc::clone).collect();
        let audience = list.len();
        self.list.0.store(Arc::new(list));
        self.topic.set_audience(audience);
    }
}

/// Tells one subscription from all others.
pub(super) struct Key(Arc<Subscriber>);
