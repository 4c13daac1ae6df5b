//! The bus: who is subscribed to what, and handing events over.
//!
//! Publishing reads a list that is swapped whole when a subscriber comes or goes, and takes no lock but those of the queues it fills.

mod attach;
mod channel;
mod durable;
#[cfg(all(test, keyway_shuttle))]
mod interleavings;
mod queue;
mod ring;
mod subscribed;
mod subscriber;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use keyway_manifest::PluginId;

use crate::Error;
use crate::event::{Source, Subscription, TopicType};
use crate::guard::{Breaker, Slot};
use crate::host::failure::Problem;
use crate::host::usage::Amount;
use crate::interleaved::{Mutex, MutexGuard, PoisonError};
use crate::native::Erased;
use channel::Channel;
use subscriber::Subscriber;

pub(crate) use channel::TopicOps;
pub(super) use channel::{Terms, TypedClosure};
pub use durable::{DeadLetter, DurableInfo, DurableOptions};
pub(super) use durable::{DurableSettings, Store};
pub(super) use subscribed::{HOST, OBSERVING, closure};
pub use subscribed::{QueueInfo, Subscribed, SubscriptionInfo};

/// All topics and subscribers of a host.
pub(super) struct Bus {
    state: Mutex<State>,
    terms: Terms,
}

#[derive(Default)]
struct State {
    channels: BTreeMap<&'static str, Topical>,
    /// In the order in which they came, which is the start order.
    subscribers: Vec<Arc<Subscriber>>,
    sources: Vec<(usize, Arc<Source>)>,
}

/// One topic.
struct Topical {
    kind: TopicType,
    channel: Arc<dyn Channel>,
}

impl Bus {
    pub(super) fn new(terms: Terms) -> Arc<Self> {
        Arc::new(Self { state: Mutex::default(), terms })
    }

    /// The store of durable events, if the host needs one.
    pub(super) fn store(&self) -> Option<&Arc<Store>> {
        self.terms.store.as_ref()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An `Arc` of the [`Topic`](crate::event::Topic) of a type of event.
    pub(super) fn topic(&self, kind: TopicType) -> Result<Erased, Error> {
        if kind.info.durable && self.terms.store.is_none() {
            let topic = kind.info.topic;
            let message = format!(
                "the event `{topic}` is durable, and this host stores none, because no plugin that runs uses such events"
            );
            let help = "add or enable a plugin that subscribes to it; for a subscriber that the configuration disables, name a data folder too";
            return Err(Error::message(Problem::new("KW0653", message, help).to_string()));
        }
        self.state().channel(kind, &self.terms).map(|channel| channel.topic())
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
        let subscriber = Subscriber::new(owner, slot, subscription, self.terms.store.as_ref());
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

    /// Ends the publishing of one instance of a plugin.
    pub(super) fn silence_source(&self, source: &Arc<Source>) {
        source.deactivate();
        self.state().sources.retain(|(_, other)| !Arc::ptr_eq(other, source));
    }

    /// Puts subscriptions of a plugin in place of those that it has, so that each event reaches one of both. A queue that both have
    /// keeps what waits in it.
    pub(super) fn replace(&self, owner: usize, subscriptions: Vec<(Arc<Slot>, Subscription)>) -> Left {
        let mut state = self.state();
        let subscribers = std::mem::take(&mut state.subscribers);
        let at = subscribers.iter().position(|subscriber| subscriber.owner == Some(owner)).unwrap_or(subscribers.len());
        let (gone, mut kept): (Vec<_>, Vec<_>) = subscribers.into_iter().partition(|subscriber| subscriber.owner == Some(owner));
        let mut inherited = Vec::new();
        let fresh: Vec<_> = subscriptions
            .into_iter()
            .map(|(slot, subscription)| {
                let heir = gone.iter().find(|before| before.hears_as(&subscription));
                let queue = heir.and_then(|before| before.queue.clone());
                inherited.extend(queue.clone());
                Subscriber::with(Some(owner), slot, subscription, self.terms.store.as_ref(), queue)
            })
            .collect();
        let all: Vec<_> = gone.iter().chain(&fresh).map(Arc::clone).collect();
        kept.splice(at..at, fresh);
        state.subscribers = kept;
        state.show(|topic| all.iter().any(|subscriber| subscriber.wants(topic.info)));
        drop(state);
        for subscriber in &gone {
            let is_inherited =
                subscriber.queue.as_ref().is_some_and(|queue| inherited.iter().any(|heir| Arc::ptr_eq(heir, queue)));
            subscriber.leave(!is_inherited);
        }
        Left(gone)
    }

    /// Ends everything.
    pub(super) fn close(&self) {
        self.remove(|_| true);
        self.state().sources.drain(..).for_each(|(_, source)| source.deactivate());
        if let Some(store) = &self.terms.store {
            store.close();
        }
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

    /// The slots of a plugin's subscriptions.
    pub(super) fn slots(&self, owner: usize) -> Vec<Arc<Slot>> {
        let state = self.state();
        let own = state.subscribers.iter().filter(|subscriber| subscriber.owner == Some(owner));
        own.map(|subscriber| Arc::clone(&subscriber.slot)).collect()
    }

    /// Whether no breaker of a plugin's subscriptions is open.
    pub(super) fn is_well(&self, owner: usize) -> bool {
        self.slots(owner).iter().all(|slot| slot.breaker() == Breaker::Closed)
    }

    /// The slot of this number in the marks of threads, for the watchdog.
    pub(super) fn slot_numbered(&self, number: u32) -> Option<Arc<Slot>> {
        let state = self.state();
        let mut slots = state.subscribers.iter().map(|subscriber| &subscriber.slot);
        slots.find(|slot| slot.number() == number).map(Arc::clone)
    }

    /// What waits in the queues of a plugin, all together.
    pub(super) fn queued(&self, owner: usize) -> Amount {
        let state = self.state();
        let own = state.subscribers.iter().filter(|subscriber| subscriber.owner == Some(owner));
        let mut sum = Amount::default();
        for queue in own.filter_map(|subscriber| subscriber.queue.as_ref()) {
            let (options, counts, waiting) = queue.look();
            sum.used += waiting as u64;
            sum.peak += counts.longest as u64;
            sum.limit = Some(sum.limit.unwrap_or(0) + options.capacity as u64);
            sum.refused += counts.dropped;
        }
        sum
    }

    /// All subscriptions, in the order in which subscribers are told.
    pub(super) fn infos(&self) -> Vec<SubscriptionInfo> {
        self.state().subscribers.iter().map(|subscriber| SubscriptionInfo::of(subscriber)).collect()
    }
}

impl State {
    /// The channel of a topic, made when it is asked for the first time. A topic stands for one type.
    fn channel(&mut self, kind: TopicType, terms: &Terms) -> Result<&dyn Channel, Error> {
        let topical = match self.channels.entry(kind.info.topic.as_str()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                let topical = Topical { kind, channel: (TopicOps::find(kind)?.open)(terms) };
                topical.show(&self.subscribers);
                place.insert(topical)
            }
        };
        if topical.kind.id == kind.id {
            return Ok(&*topical.channel);
        }
        let (topic, first, second) = (kind.info.topic, topical.kind.info, kind.info);
        Err(Error::message(format!(
            "KW0650 the topic `{topic}` stands for `{}` {} of `{}`, and not for `{}` {} of `{}`",
            first.type_path, first.version, first.package, second.type_path, second.version, second.package
        )))
    }

    /// Shows publishers the subscribers of the topics that changed.
    fn show(&self, changed: impl Fn(&TopicType) -> bool) {
        self.channels.values().filter(|topical| changed(&topical.kind)).for_each(|topical| topical.show(&self.subscribers));
    }
}

impl Topical {
    fn show(&self, subscribers: &[Arc<Subscriber>]) {
        let list: Vec<_> = subscribers.iter().filter(|subscriber| subscriber.wants(self.kind.info)).map(Arc::clone).collect();
        self.channel.show(&list);
    }
}

/// Subscribers that hear nothing any more; deliveries to them may still be under way.
pub(super) struct Left(Vec<Arc<Subscriber>>);

impl Left {
    /// Whether the last delivery has ended.
    pub(super) fn have_ended(&self) -> bool {
        self.0.iter().all(|subscriber| Arc::strong_count(subscriber) == 1)
    }
}

impl Drop for Left {
    fn drop(&mut self) {
        // Whatever is still under way goes on; nothing further begins.
        self.0.iter().for_each(|subscriber| subscriber.slot.set_active(false));
    }
}

/// Tells one subscription from all others.
pub(super) struct Key(Arc<Subscriber>);
