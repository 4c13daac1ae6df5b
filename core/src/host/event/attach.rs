//! Subscribing plugins when they start, and the host's own code when it asks.

use std::sync::Arc;

use super::{HOST, Subscribed};
use crate::Error;
#[cfg(feature = "data")]
use crate::event::Handler;
use crate::event::{Delivery, Filter, Subscription};
use crate::guard::Slot;
use crate::host::inner::Inner;
use crate::host::release::Release;
use crate::host::tell::tell;

impl Inner {
    /// Subscribes a plugin that has just started to what its attribute lists, as far as the policy grants it.
    pub(in crate::host) fn attach_plugin(&self, rank: usize, subscriptions: Vec<Subscription>) {
        let release = self.members[rank].release();
        for (slot, subscription) in self.granted_subscriptions(rank, &release, subscriptions) {
            self.bus.add(Some(rank), slot, subscription);
        }
    }

    /// The subscriptions of a release that the policy grants, each with what stands before it; the log is told of the others.
    pub(in crate::host) fn granted_subscriptions(
        &self,
        rank: usize,
        release: &Release,
        subscriptions: Vec<Subscription>,
    ) -> Vec<(Arc<Slot>, Subscription)> {
        let granted = subscriptions.into_iter().filter_map(|subscription| {
            let topic = match subscription.filter {
                Filter::Type(kind) => kind.info.topic.as_str(),
                Filter::Pattern(pattern) => pattern,
            };
            let granted = self.granted_one(rank, release, topic, subscription);
            granted
                .inspect_err(|error| {
                    let plugin = self.id(rank).as_str();
                    tell!(error, { plugin, topic, } "plugin `{plugin}` is not subscribed to `{topic}`: {error}");
                })
                .ok()
        });
        granted.collect()
    }

    fn granted_one(
        &self,
        rank: usize,
        release: &Release,
        topic: &'static str,
        mut subscription: Subscription,
    ) -> Result<(Arc<Slot>, Subscription), Error> {
        let member = &self.members[rank];
        release.grants.check("events.subscribe", topic)?;
        if let Filter::Type(kind) = subscription.filter {
            self.bus.topic(kind)?;
        }
        if let (Delivery::Queue(options), Some(limit)) = (&mut subscription.delivery, queued_events(release)) {
            options.capacity = options.capacity.min(usize::try_from(limit).unwrap_or(usize::MAX));
        }
        let slot = match (subscription.filter, &subscription.handler) {
            #[cfg(feature = "data")]
            (Filter::Type(kind), Handler::Later(_)) if kind.info.durable => {
                self.slot_of_stored(member, release, subscription.point)
            }
            _ => self.slot(member, release, subscription.point),
        };
        Ok((slot, subscription))
    }

    /// Subscribes the host's own code.
    pub(in crate::host) fn attach_host(&self, subscription: Subscription) -> Subscribed {
        let slot = self.slot_of_program(&HOST, subscription.point);
        let key = self.bus.add(None, slot, subscription);
        Subscribed::new(Arc::downgrade(&self.bus), key)
    }
}

/// How many events may wait in a queue of a plugin: the stricter of its manifest and the operator.
fn queued_events(release: &Release) -> Option<u32> {
    let descriptor = release.descriptor();
    let operator = release.settings.limits.get(descriptor.id.as_str()).and_then(|limits| limits.queued_events);
    operator.into_iter().chain(descriptor.limits.queued_events).min()
}
