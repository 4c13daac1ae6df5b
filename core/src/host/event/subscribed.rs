//! Events for the host's own code, and what an operator sees of all subscriptions.

use std::fmt;
use std::sync::{Arc, Weak};

use keyway_manifest::{Descriptor, PluginId, PointInfo, Version, delivery_point};
use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::subscriber::Subscriber;
use super::{Bus, DurableInfo, Key};
use crate::event::{Envelope, Filter, Handler, Heard, ReceiveNow};
use crate::guard::{Breaker, CallCounts, Trouble};

/// Stands for the host where a plugin is named otherwise.
pub(in crate::host) static HOST: Descriptor = Descriptor {
    id: PluginId::new("host"),
    version: Version { major: 0, minor: 0, patch: 0, pre: "", build: "" },
    ..Descriptor::EMPTY
};

/// What deliveries to an observer of the host are attributed to.
pub(in crate::host) static OBSERVING: PointInfo =
    delivery_point(PluginId::new("host.events"), Version { major: 1, minor: 0, patch: 0, pre: "", build: "" }, "observe");

/// A subscription of the host's own code. Dropping it ends the subscription.
#[must_use = "dropping it ends the subscription"]
pub struct Subscribed {
    bus: Weak<Bus>,
    key: Key,
}

impl Subscribed {
    pub(in crate::host) const fn new(bus: Weak<Bus>, key: Key) -> Self {
        Self { bus, key }
    }

    /// What became of the events so far.
    #[must_use]
    pub fn info(&self) -> SubscriptionInfo {
        SubscriptionInfo::of(&self.key.0)
    }
}

impl Drop for Subscribed {
    fn drop(&mut self) {
        if let Some(bus) = self.bus.upgrade() {
            bus.unsubscribe(&self.key);
        }
    }
}

impl fmt::Debug for Subscribed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Subscribed").field(&self.info()).finish()
    }
}

/// A closure of the host as a subscriber.
struct Closure<F>(F);

impl<F: Fn(&Envelope<'_>) + Send + Sync> ReceiveNow for Closure<F> {
    fn receive_now(&self, event: &Envelope<'_>) -> Heard {
        Trouble::catch(|| {
            (self.0)(event);
            Ok(())
        })
    }
}

/// Makes a subscriber of a closure.
pub(in crate::host) fn closure(handler: impl Fn(&Envelope<'_>) + Send + Sync + 'static) -> Handler {
    Handler::Now(Arc::new(Closure(handler)))
}

/// One subscription as an operator sees it, at one moment. Serialises for JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SubscriptionInfo {
    /// The plugin that is told; `host` for the host's own code.
    pub plugin: PluginId,
    /// The topic, or the pattern of topics.
    pub topic: &'static str,
    /// The queue; `None` for delivery at once and for a durable event.
    pub queue: Option<QueueInfo>,
    /// How far it is with a durable event; `None` for all others.
    pub durable: Option<DurableInfo>,
    /// Whether deliveries are let through.
    pub breaker: Breaker,
    /// What became of the deliveries.
    pub counts: CallCounts,
}

/// The queue of one subscription at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueueInfo {
    /// How many events may wait.
    pub capacity: usize,
    /// What happens to further ones, for example `drop_oldest`.
    pub when_full: &'static str,
    /// How many wait: how far the subscriber lags behind.
    pub waiting: usize,
    /// The most that ever waited at once.
    pub longest: usize,
    /// All that came.
    pub queued: u64,
    /// Those that were dropped: by the policy, because a publisher did not wait, or because the subscriber was stopped.
    pub dropped: u64,
    /// Those that a later event of the same key replaced.
    pub coalesced: u64,
}

impl SubscriptionInfo {
    pub(super) fn of(subscriber: &Subscriber) -> Self {
        let queue = subscriber.queue.as_ref().map(|queue| {
            let (options, counts, waiting) = queue.look();
            QueueInfo {
                capacity: options.capacity,
                when_full: options.when_full.as_str(),
                waiting,
                longest: counts.longest,
                queued: counts.queued,
                dropped: counts.dropped,
                coalesced: counts.coalesced,
            }
        });
        let topic = match subscriber.filter {
            Filter::Type(kind) => kind.info.topic.as_str(),
            Filter::Pattern(pattern) => pattern,
        };
        Self {
            plugin: subscriber.slot.descriptor().id,
            topic,
            queue,
            durable: subscriber.place.as_ref().map(|place| place.progress().info()),
            breaker: subscriber.slot.breaker(),
            counts: subscriber.slot.counts(),
        }
    }
}

impl Serialize for SubscriptionInfo {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Subscription", 12)?;
        object.serialize_field("plugin", self.plugin.as_str())?;
        object.serialize_field("topic", self.topic)?;
        let delivery = match (&self.queue, &self.durable) {
            (_, Some(_)) => "durable",
            (Some(_), None) => "queue",
            (None, None) => "sync",
        };
        object.serialize_field("delivery", delivery)?;
        object.serialize_field("queue", &self.queue)?;
        object.serialize_field("durable", &self.durable)?;
        object.serialize_field("breaker", self.breaker.as_str())?;
        object.serialize_field("delivered", &self.counts.calls)?;
        object.serialize_field("errors", &self.counts.errors)?;
        object.serialize_field("panics", &self.counts.panics)?;
        object.serialize_field("deadlines", &self.counts.deadlines)?;
        object.serialize_field("refused", &self.counts.refused)?;
        object.serialize_field("shed", &self.counts.shed)?;
        object.end()
    }
}

impl Serialize for QueueInfo {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Queue", 7)?;
        object.serialize_field("capacity", &self.capacity)?;
        object.serialize_field("when_full", self.when_full)?;
        object.serialize_field("waiting", &self.waiting)?;
        object.serialize_field("longest", &self.longest)?;
        object.serialize_field("queued", &self.queued)?;
        object.serialize_field("dropped", &self.dropped)?;
        object.serialize_field("coalesced", &self.coalesced)?;
        object.end()
    }
}
