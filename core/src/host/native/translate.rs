//! Gives a value that passes between this program and a library the name that the receiving image has for its type.
//!
//! This is the one place that says that two types of two images are one. All of it rests on [`Gated::new`].
#![allow(unsafe_code, reason = "says that two types of two images are one, which the gate has established and no compiler can")]

use std::any::TypeId;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use keyway_manifest::{Descriptor, PluginId, PointInfo, Target, Version, delivery_point};

use super::known::{Known, KnownPoint};
use crate::Error;
use crate::event::{Envelope, Filter, Handler, Receive, Subscription, TopicType};
use crate::guard::Caught;
use crate::host::interned::interned;
use crate::native::{Borrowed, Erased, Twin};
use crate::plugin::Extension;

/// A library that the gate has let through.
pub(in crate::host) struct Gated {
    descriptor: &'static Descriptor,
    /// What the library calls the types of the events that it has named so far, by topic.
    twins: Mutex<BTreeMap<PluginId, Twin>>,
}

impl Gated {
    /// Takes note of a library that the gate has let through.
    ///
    /// # Safety
    /// `descriptor` was made of the library's record, and the gate has compared that record with this program: what both know of the
    /// points and events in it, and the types that `keyway` itself passes, is laid out alike and means the same. The keys, extensions
    /// and subscriptions that this is given came out of that library.
    pub(in crate::host) unsafe fn new(descriptor: &'static Descriptor) -> Arc<Self> {
        Arc::new(Self { descriptor, twins: Mutex::default() })
    }

    /// A library that is this program itself, for tests without one.
    #[cfg(test)]
    pub(super) fn of_this_image(descriptor: &'static Descriptor) -> Arc<Self> {
        // SAFETY: both are one image, with one set of types.
        unsafe { Self::new(descriptor) }
    }

    /// Whether the library calls the extensions of a point, by its record.
    pub(super) fn calls(&self, point: PluginId) -> bool {
        let uses = |id: PluginId, target: Target| target == Target::Service && id == point;
        self.descriptor.asks.iter().any(|entry| entry.point.id == point)
            || self.descriptor.requires.iter().any(|requirement| uses(requirement.id, requirement.target))
    }

    /// This program's type for a topic that the library publishes or subscribes to, by its record.
    pub(super) fn event(&self, topic: PluginId) -> Option<TopicType> {
        let is_named = self.descriptor.events.iter().any(|entry| entry.event.topic == topic);
        is_named.then(|| Known::of_program().event(topic)).flatten().map(|known| known.kind)
    }

    /// Lends an `Arc<P::Shielded>` of a point that the library [calls](Self::calls), which calls that type `key`.
    pub(super) fn lend_extension<'a>(&self, shielded: &'a Erased, key: TypeId) -> Borrowed<'a> {
        // SAFETY: the gate has compared the point, and the key is what the library has for this type (`new`).
        unsafe { shielded.seen_as(key) }
    }

    /// Lends an `Arc<Topic<E>>` of an event that this program knows as `ours`.
    pub(super) fn lend_topic(&self, ours: TopicType, topic: Erased, theirs: &TopicType) -> Erased {
        self.note(ours, theirs);
        // SAFETY: the gate has compared the event, and the key is what the library has for this type (`new`).
        unsafe { topic.adopt(theirs.topic) }
    }

    /// Takes over an extension that the library has made.
    ///
    /// # Errors
    /// When it is of a point that the library's record does not name as extended.
    pub(in crate::host) fn take_extension(&self, extension: Extension) -> Result<Extension, Error> {
        let id = extension.info.id;
        let is_named = self.descriptor.extensions.iter().any(|entry| entry.point.id == id);
        let known = is_named.then(|| Known::of_program().point(id)).flatten();
        let KnownPoint { info, shielded, name, .. } = known.ok_or_else(|| super::source::not_compared("point", id))?;
        // SAFETY: the gate has compared the point, and the library has made an `Arc<P::Shielded>` of it (`new`).
        let value = unsafe { extension.shielded.adopt(*shielded) };
        Ok(Extension { info, point_type: name(), shielded: value })
    }

    /// Takes over a subscription that the library has made.
    ///
    /// # Errors
    /// When it is to a topic that the library's record does not name.
    pub(in crate::host) fn take_subscription(self: &Arc<Self>, subscription: Subscription) -> Result<Subscription, Error> {
        let Subscription { filter, delivery, handler, .. } = subscription;
        let (point, filter, kind) = match filter {
            Filter::Type(theirs) => {
                let topic = theirs.info.topic;
                let ours = self.event(topic).ok_or_else(|| super::source::not_compared("topic", topic))?;
                self.note(ours, &theirs);
                (&ours.info.point, Filter::Type(ours), Some(ours))
            }
            Filter::Pattern(pattern) => {
                let point = observing(pattern);
                (point, Filter::Pattern(point.id.as_str()), None)
            }
        };
        let handler = match (handler, kind) {
            // SAFETY: the gate has compared the event, and the library has made an `Arc<dyn Hear<E>>` of it (`new`).
            (Handler::Typed(hear), Some(kind)) => Handler::Typed(unsafe { hear.adopt(kind.hear) }),
            (Handler::Later(receiver), _) => Handler::Later(Box::new(Outside { receiver, gated: Arc::clone(self) })),
            (handler, _) => handler,
        };
        Ok(Subscription { point, filter, delivery, handler })
    }

    /// Notes what the library calls the type of an event.
    fn note(&self, ours: TopicType, theirs: &TopicType) {
        // SAFETY: the gate has compared the event, and each id is what its image has for this type (`new`).
        let twin = unsafe { Twin::new(ours.id, theirs.id) };
        self.twins().insert(ours.info.topic, twin);
    }

    fn twins(&self) -> MutexGuard<'_, BTreeMap<PluginId, Twin>> {
        self.twins.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A subscriber in a library, who knows events by other types.
struct Outside {
    receiver: Box<dyn Receive>,
    gated: Arc<Gated>,
}

impl Receive for Outside {
    fn receive<'a>(&'a self, event: Envelope<'a>) -> Caught<'a, Result<(), Error>> {
        let twin = self.gated.twins().get(&event.info().topic).copied();
        self.receiver.receive(event.seen_as(twin))
    }
}

/// What deliveries to observers of a pattern are attributed to, in memory of this program. There are as many as patterns in the sources
/// of all plugins.
fn observing(pattern: &str) -> &'static PointInfo {
    static OBSERVED: Mutex<BTreeMap<String, &'static PointInfo>> = Mutex::new(BTreeMap::new());
    let mut observed = OBSERVED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(point) = observed.get(pattern) {
        return point;
    }
    let version = Version { major: 1, minor: 0, patch: 0, pre: "", build: "" };
    let point: &'static PointInfo = Box::leak(Box::new(delivery_point(interned(pattern), version, "observe")));
    observed.insert(pattern.to_owned(), point);
    point
}
