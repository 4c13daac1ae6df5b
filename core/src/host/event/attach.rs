//! Subscribing plugins when they start, and the host's own code when it asks.

use std::sync::Arc;

use super::{HOST, Subscribed};
use crate::Error;
#[cfg(feature = "data")]
use crate::event::Handler;
use crate::event::{Delivery, Filter, Subscription};
use crate::host::inner::Inner;
use crate::host::tell::tell;

impl Inner {
    /// Subscribes a plugin that has just started to what its attribute lists, as far as the policy grants it.
    pub(in crate::host) fn attach_plugin(&self, rank: usize, subscriptions: Vec<Subscription>) {
        for subscription in subscriptions {
            let topic = match subscription.filter {
                Filter::Type(kind) => kind.info.topic.as_str(),
                Filter::Pattern(pattern) => pattern,
            };
            if let Err(error) = self.attach_one(rank, topic, subscription) {
                let plugin = self.id(rank).as_str();
                tell!(error, { plugin, topic, } "plugin `{plugin}` is not subscribed to `{topic}`: {error}");
            }
        }
    }

    fn attach_one(&self, rank: usize, topic: &'static str, mut subscription: Subscription) -> Result<(), Error> {
        let member = &self.members[rank];
        member.grants.check("events.subscribe", topic)?;
        if let Filter::Type(kind) = subscription.filter {
            self.bus.topic(kind)?;
        }
        if let (Delivery::Queue(options), Some(limit)) = (&mut subscription.delivery, self.queued_events(rank)) {
            options.capacity = options.capacity.min(usize::try_from(limit).unwrap_or(usize::MAX));
        }
        let slot = match (subscription.filter, &subscription.handler) {
            #[cfg(feature = "data")]
            (Filter::Type(kind), Handler::Later(_)) if kind.info.durable => self.slot_of_stored(member, subscription.point),
            _ => self.slot(member, subscription.point),
        };
        self.bus.add(Some(rank), slot, subscription);
        Ok(())
    }

    /// How many events may wait in a queue of a plugin: the stricter of its manifest and the operator.
    fn queued_events(&self, rank: usize) -> Option<u32> {
        let descriptor = self.members[rank].descriptor;
        let operator = self.settings.limits.get(descriptor.id.as_str()).and_then(|limits| limits.queued_events);
        operator.into_iter().chain(descriptor.limits.queued_events).min()
    }

    /// Subscribes the host's own code.
    pub(in crate::host) fn attach_host(&self, subscription: Subscription) -> Subscribed {
        let slot = self.slot_of_program(&HOST, subscription.point);
        let key = self.bus.add(None, slot, subscription);
        Subscribed::new(Arc::downgrade(&self.bus), key)
    }
}
