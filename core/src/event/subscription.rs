//! What a plugin subscribes to, and its code behind the panic shield. The derive names the constructors in the plugin's crate.

use std::any::type_name;
use std::fmt;
use std::sync::Arc;

use keyway_manifest::{PluginId, PointInfo, Version, delivery_point};

use super::{Envelope, Event, ImmediateSubscriber, Observer, Subscriber, TopicType};
use crate::Error;
use crate::extension_point::Shield;
use crate::guard::{Caught, Trouble};
use crate::native::Erased;

/// What becomes of an event that finds a subscriber's queue full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, keyway::Boundary)]
pub enum WhenFull {
    /// The event that waits longest is dropped. The default: the subscriber sees the newest.
    #[default]
    DropOldest,
    /// The new event is dropped.
    DropNewest,
    /// Also before the queue is full, a new event takes the place of a waiting one with the same key (`#[event(key)]`): the subscriber
    /// sees the latest state of everything, not each step. A queue full of different keys drops the oldest.
    Coalesce,
    /// The publisher waits. Only where losing an event is worse than a slow publisher.
    Block,
}

impl WhenFull {
    /// The name by which the attribute and operators know it, for example `drop_oldest`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DropOldest => "drop_oldest",
            Self::DropNewest => "drop_newest",
            Self::Coalesce => "coalesce",
            Self::Block => "block",
        }
    }
}

/// The queue between a publisher and one subscriber.
#[derive(Debug, Clone, Copy, PartialEq, Eq, keyway::Boundary)]
pub struct QueueOptions {
    /// How many events may wait; 256 by default, and at least one.
    pub capacity: usize,
    /// What happens to further ones.
    pub when_full: WhenFull,
}

impl QueueOptions {
    /// 256 events, then the oldest are dropped.
    pub const DEFAULT: Self = Self { capacity: 256, when_full: WhenFull::DropOldest };
}

impl Default for QueueOptions {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// When a subscriber is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, keyway::Boundary)]
pub enum Delivery {
    /// At once, on the publisher's thread.
    Sync,
    /// Later, from a queue of its own.
    Queue(QueueOptions),
}

/// Which events a subscriber is told of.
#[derive(Debug, Clone, Copy, keyway::Boundary)]
#[doc(hidden)]
pub enum Filter {
    /// Those of one type.
    Type(TopicType),
    /// Those whose topics fit a pattern.
    Pattern(&'static str),
}

/// Deals with events in its own time; shielded.
#[keyway::boundary]
#[doc(hidden)]
pub trait Receive: Send + Sync {
    /// Deals with one event.
    fn receive<'a>(&'a self, event: Envelope<'a>) -> Caught<'a, Result<(), Error>>;
}

/// Deals with events at once; shielded.
#[keyway::boundary]
#[doc(hidden)]
pub trait ReceiveNow: Send + Sync {
    /// Deals with one event.
    ///
    /// # Errors
    /// The subscriber's own, or its panic.
    fn receive_now(&self, event: &Envelope<'_>) -> Heard;
}

/// What became of the event.
#[doc(hidden)]
pub type Heard = Result<(), Box<Trouble>>;

/// Deals with events of one type at once; shielded.
#[keyway::boundary]
#[doc(hidden)]
pub trait Hear<E>: Send + Sync {
    /// Deals with one event.
    ///
    /// # Errors
    /// The subscriber's own, or its panic.
    fn hear(&self, event: &E, publisher: PluginId) -> Heard;
}

/// The code of a subscriber.
#[derive(keyway::Boundary)]
#[doc(hidden)]
pub enum Handler {
    /// Asynchronous code.
    Later(Box<dyn Receive>),
    /// Code that does not wait, for events of all types.
    Now(Arc<dyn ReceiveNow>),
    /// Code that does not wait, for events of one type: an `Arc<dyn Hear<E>>`.
    Typed(Erased),
}

impl Handler {
    /// Code that does not wait, for events of the type `E`.
    pub(crate) fn typed<E: Event>(hear: impl Hear<E> + 'static) -> Self {
        let hear: Arc<dyn Hear<E>> = Arc::new(hear);
        Self::Typed(Erased::new(hear))
    }
}

impl fmt::Debug for Handler {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Later(_) => "Later",
            Self::Now(_) => "Now",
            Self::Typed(_) => "Typed",
        })
    }
}

/// One subscription of a running plugin.
#[derive(keyway::Boundary)]
#[doc(hidden)]
pub struct Subscription {
    /// What deliveries are attributed to.
    pub point: &'static PointInfo,
    /// Which events it is about.
    pub filter: Filter,
    /// When they are delivered.
    pub delivery: Delivery,
    /// To what.
    pub handler: Handler,
}

impl fmt::Debug for Subscription {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = formatter.debug_struct("Subscription");
        debug.field("filter", &self.filter).field("delivery", &self.delivery).finish_non_exhaustive()
    }
}

/// One subscription of plugins of type `T`, for the code that the derive writes.
#[doc(hidden)]
pub struct SubscriptionOf<T> {
    point: PointInfo,
    filter: Filter,
    delivery: Delivery,
    shield: fn(&Arc<T>) -> Handler,
}

impl<T: Send + Sync + 'static> SubscriptionOf<T> {
    /// To the event `E`, from a queue.
    #[must_use]
    pub const fn later<E: Event>(queue: QueueOptions) -> Self
    where
        T: Subscriber<E>,
    {
        let shield = |plugin: &Arc<T>| Handler::Later(Box::new(Typed::<T, E>::new(plugin)));
        Self { point: E::INFO.point, filter: Filter::Type(TopicType::of::<E>()), delivery: Delivery::Queue(queue), shield }
    }

    /// To the event `E`, at once.
    #[must_use]
    pub const fn now<E: Event>() -> Self
    where
        T: ImmediateSubscriber<E>,
    {
        const {
            assert!(
                !E::INFO.durable,
                "KW0252 a durable event is delivered from the database, so leave out `delivery = \"sync\"`"
            );
        };
        let shield = |plugin: &Arc<T>| Handler::typed::<E>(Immediate(Shield::new(plugin)));
        Self { point: E::INFO.point, filter: Filter::Type(TopicType::of::<E>()), delivery: Delivery::Sync, shield }
    }

    /// To all topics of a pattern.
    #[must_use]
    pub const fn pattern(pattern: &'static str, queue: QueueOptions) -> Self
    where
        T: Observer,
    {
        let version = Version { major: 1, minor: 0, patch: 0, pre: "", build: "" };
        let point = delivery_point(PluginId::new(pattern), version, "observe");
        let shield = |plugin: &Arc<T>| Handler::Later(Box::new(Observing(Shield::new(plugin))));
        Self { point, filter: Filter::Pattern(pattern), delivery: Delivery::Queue(queue), shield }
    }
}

impl<T> fmt::Debug for SubscriptionOf<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SubscriptionOf").field("filter", &self.filter).finish_non_exhaustive()
    }
}

/// Shields all subscribers of a plugin.
#[doc(hidden)]
#[must_use]
pub fn subscriptions<T>(table: &'static [SubscriptionOf<T>], plugin: &Arc<T>) -> Vec<Subscription> {
    let one = |entry: &'static SubscriptionOf<T>| Subscription {
        point: &entry.point,
        filter: entry.filter,
        delivery: entry.delivery,
        handler: (entry.shield)(plugin),
    };
    table.iter().map(one).collect()
}

/// A subscriber to events of one type.
struct Typed<T, E> {
    shield: Shield<T>,
    event: std::marker::PhantomData<fn(E)>,
}

impl<T, E: Event> Typed<T, E> {
    fn new(plugin: &Arc<T>) -> Self {
        Self { shield: Shield::new(plugin), event: std::marker::PhantomData }
    }
}

/// The host compares types when it subscribes, so this is a mistake of the framework.
#[cold]
fn other_type<E>(event: &Envelope<'_>) -> Error {
    Error::message(format!("KW0650 an event on `{}` is not a `{}`", event.topic(), type_name::<E>()))
}

impl<E: Event, T: Subscriber<E>> Receive for Typed<T, E> {
    fn receive<'a>(&'a self, event: Envelope<'a>) -> Caught<'a, Result<(), Error>> {
        Caught::make(move || async move {
            match event.downcast_ref::<E>() {
                Some(event) => self.shield.plugin().on(event).await,
                None => Err(other_type::<E>(&event)),
            }
        })
    }
}

/// A subscriber that is told at once.
struct Immediate<T>(Shield<T>);

impl<E: Event, T: ImmediateSubscriber<E>> Hear<E> for Immediate<T> {
    fn hear(&self, event: &E, _: PluginId) -> Heard {
        Trouble::catch(|| self.0.plugin().on_now(event))
    }
}

/// A subscriber to a pattern.
struct Observing<T>(Shield<T>);

impl<T: Observer> Receive for Observing<T> {
    fn receive<'a>(&'a self, event: Envelope<'a>) -> Caught<'a, Result<(), Error>> {
        Caught::make(move || async move {
            let event = event;
            self.0.plugin().observe(&event).await
        })
    }
}
