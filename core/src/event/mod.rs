//! Events: what a plugin tells whoever wants to know, without knowing them.
//!
//! An event is a type with [`#[derive(Event)]`](derive@crate::Event), most often in the SDK. A plugin publishes it through a
//! [`Publisher`], and is told of it by implementing [`Subscriber`] (later, from a queue of its own) or [`ImmediateSubscriber`] (at once,
//! on the publisher's thread). An [`Observer`] is told of every event whose topic fits a pattern.
//!
//! The guide has a chapter about them: `docs/events.md`.

mod kept;
mod letter;
mod publisher;
mod subscription;

use std::any::Any;
use std::fmt;
use std::future::Future;

use keyway_manifest::record::EventLayout;
use keyway_manifest::{EventInfo, PluginId};

use crate::native::Twin;
use crate::{Error, Plugin};

pub use kept::{NotKept, Published, Storable, Stored, stored};
pub use letter::Letter;
#[cfg(feature = "host")]
pub(crate) use letter::Posted;
#[cfg(feature = "data")]
pub(crate) use letter::{ReadLetter, read_letter};
pub use publisher::{Full, Handed, Publisher, Sink, Source, Topic, TopicType, WhenQueueIsFull};
pub use subscription::{
    Delivery, Filter, Handler, Hear, Heard, QueueOptions, Receive, ReceiveNow, Subscription, SubscriptionOf, WhenFull,
    subscriptions,
};

/// An event: implemented by `#[derive(Event)]`, not by hand.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event",
    label = "`#[derive(Event)]` is missing",
    note = "put `#[derive(Event)]` and `#[event(topic = \"…\", version = \"1.0.0\")]` on the type"
)]
pub trait Event: Send + Sync + Sized + 'static {
    /// Topic, version and schema.
    const INFO: &'static EventInfo;

    /// The layout of the type.
    #[doc(hidden)]
    const LAYOUT: &'static EventLayout;

    /// What [`Publisher::publish`] answers: `()`, or `Result<(), NotKept>` for a durable event.
    type Published: Published;

    /// How a durable event is stored; `None` for all others.
    #[doc(hidden)]
    const __STORED: Option<Stored<Self>> = None;

    /// Whether a later event with this content makes the earlier one needless, for queues that coalesce: the fields marked
    /// `#[event(key)]` are equal. Without such a field, any later event does.
    #[doc(hidden)]
    fn __same_key(&self, _later: &Self) -> bool {
        true
    }

    /// The event for a serializer, if it was declared with `serialize`.
    #[doc(hidden)]
    fn __serialize(&self) -> Option<&dyn erased_serde::Serialize> {
        None
    }
}

/// Is told of the events `E`, one after the other, from a queue of its own. Name the event in `#[plugin(subscribes(E))]`.
///
/// The publisher does not wait for it. What happens when it falls behind is said there too:
/// `subscribes(E(capacity = 64, when_full = "drop_newest"))`; see [`QueueOptions`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` subscribes to `{E}` and does not say what to do with it",
    label = "`Subscriber<{E}>` is not implemented",
    note = "add `impl Subscriber<{E}> for {Self} {{ async fn on(&self, event: &{E}) -> Result<(), Error> {{ … }} }}`"
)]
pub trait Subscriber<E: Event>: Send + Sync + 'static {
    /// Deals with one event, within the deadline of a call (2 s unless host or manifest are stricter).
    ///
    /// # Errors
    /// What went wrong. It is counted and logged; the publisher is not told.
    fn on(&self, event: &E) -> impl Future<Output = Result<(), Error>> + Send;
}

/// Is told of the events `E` at once, on the thread that publishes them and before `publish` returns. Name the event in
/// `#[plugin(subscribes(E(delivery = "sync")))]`.
///
/// The publisher and all its other subscribers wait, so this is for work of microseconds, such as forgetting a cached page.
#[diagnostic::on_unimplemented(
    message = "`{Self}` subscribes to `{E}` with `delivery = \"sync\"` and does not say what to do with it",
    label = "`ImmediateSubscriber<{E}>` is not implemented",
    note = "add `impl ImmediateSubscriber<{E}> for {Self} {{ fn on_now(&self, event: &{E}) -> Result<(), Error> {{ … }} }}`"
)]
pub trait ImmediateSubscriber<E: Event>: Send + Sync + 'static {
    /// Deals with one event.
    ///
    /// # Errors
    /// What went wrong. It is counted and logged; the publisher is not told.
    fn on_now(&self, event: &E) -> Result<(), Error>;
}

/// Is told of all events whose topics fit a pattern, whatever their types. Name the patterns in `#[plugin(observes("content.*"))]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` observes events and does not say what to do with them",
    label = "`Observer` is not implemented",
    note = "add `impl Observer for {Self} {{ async fn observe(&self, event: &Envelope<'_>) -> Result<(), Error> {{ … }} }}`"
)]
pub trait Observer: Send + Sync + 'static {
    /// Deals with one event.
    ///
    /// # Errors
    /// What went wrong. It is counted and logged; the publisher is not told.
    fn observe(&self, event: &Envelope<'_>) -> impl Future<Output = Result<(), Error>> + Send;
}

/// Says that a plugin publishes the event `E`: written by `#[derive(Plugin)]` for each type in `publishes(…)`.
#[diagnostic::on_unimplemented(
    // Without `{E}`: where the type of the event is still to be inferred, it is shown as `_`.
    message = "the plugin `{Self}` publishes an event of a type that its attribute does not list",
    label = "the type of the event is not in `publishes(…)`",
    note = "add the type to `#[plugin(publishes(…))]`, so that the compiler can compare it with what others subscribe to"
)]
pub trait Publishes<E>: Plugin {}

/// An event on its way, as an [`Observer`] sees it.
#[derive(Clone, Copy, keyway::Boundary)]
pub struct Envelope<'a> {
    info: &'static EventInfo,
    publisher: PluginId,
    event: &'a dyn AnyEvent,
    seen_in: SeenIn,
}

/// In which image a subscriber sees an event.
#[derive(Clone, Copy, keyway::Boundary)]
enum SeenIn {
    /// In the one that made it.
    #[cfg_attr(not(feature = "host"), expect(dead_code, reason = "only a host makes envelopes"))]
    Own,
    /// In a library; with what that calls the event's type, if the types were compared.
    #[cfg_attr(
        not(feature = "native"),
        expect(dead_code, reason = "only a host that loads libraries makes it, and they read it")
    )]
    Library(Option<Twin>),
}

impl<'a> Envelope<'a> {
    #[cfg(feature = "host")]
    pub(crate) const fn new(info: &'static EventInfo, publisher: PluginId, event: &'a dyn AnyEvent) -> Self {
        Self { info, publisher, event, seen_in: SeenIn::Own }
    }

    /// The same event for a library, which calls its type otherwise; `None` where the types were not compared.
    #[cfg(feature = "native")]
    pub(crate) const fn seen_as(self, twin: Option<Twin>) -> Self {
        Self { seen_in: SeenIn::Library(twin), ..self }
    }

    /// The topic, for example `content.changed`.
    #[must_use]
    pub const fn topic(&self) -> &'static str {
        self.info.topic.as_str()
    }

    /// Topic, version and schema of the event.
    #[must_use]
    pub const fn info(&self) -> &'static EventInfo {
        self.info
    }

    /// Id of the plugin that published it; `host` for the host's own code.
    #[must_use]
    pub const fn publisher(&self) -> PluginId {
        self.publisher
    }

    /// The event, if it is of the type `E`.
    ///
    /// An observer in a library gets at events of the types only that its plugin publishes or subscribes to: of no others was it
    /// compared that library and host mean the same by them. It [serializes](Self::serialize) the rest.
    #[must_use]
    pub fn downcast_ref<E: Event>(&self) -> Option<&'a E> {
        let event = self.event.as_any();
        match self.seen_in {
            SeenIn::Own => event.downcast_ref(),
            // That both images have one `TypeId` would say little: it is made of names and versions, not of what a type consists of.
            SeenIn::Library(twin) => twin?.view(event),
        }
    }

    /// The event for any serializer; `None` when it was not declared with `#[event(serialize)]`.
    #[must_use]
    pub fn serialize(&self) -> Option<&'a dyn erased_serde::Serialize> {
        self.event.serialize()
    }

    /// Whether `later` makes this event needless in a queue that coalesces.
    #[cfg(feature = "host")]
    pub(crate) fn has_key_of(&self, later: &Envelope<'_>) -> bool {
        self.info.topic.same(&later.info.topic) && self.event.same_key(later.event)
    }
}

impl fmt::Debug for Envelope<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = formatter.debug_struct("Envelope");
        debug.field("topic", &self.topic()).field("publisher", &self.publisher.as_str()).finish_non_exhaustive()
    }
}

/// An event whose type is not known.
#[keyway::boundary]
#[doc(hidden)]
pub trait AnyEvent: Send + Sync {
    /// For downcasting.
    fn as_any(&self) -> &dyn Any;
    /// Whether both are of one type and have the same key.
    fn same_key(&self, later: &dyn AnyEvent) -> bool;
    /// For serializers.
    fn serialize(&self) -> Option<&dyn erased_serde::Serialize>;
}

impl<E: Event> AnyEvent for E {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn same_key(&self, later: &dyn AnyEvent) -> bool {
        later.as_any().downcast_ref().is_some_and(|later| self.__same_key(later))
    }

    fn serialize(&self) -> Option<&dyn erased_serde::Serialize> {
        self.__serialize()
    }
}
