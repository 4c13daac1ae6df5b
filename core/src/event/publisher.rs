//! The handle through which a plugin publishes events of one type.

use std::any::{Any, TypeId};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use keyway_manifest::{EventInfo, PluginId};

use super::{Event, Hear, NotKept, Published};
use crate::Error;
use crate::native::Erased;
use crate::plugin::BoxFuture;

/// Publishes events of the type `E`; taken from [`Context::publisher`](crate::Context::publisher) or, by the host's own code, from
/// `Host::publisher`. Cloning is cheap.
///
/// Publishing to nobody costs one load of an atomic: no event is allocated, copied or counted. Handles that a plugin kept after it was
/// stopped publish nothing.
pub struct Publisher<E> {
    topic: Arc<Topic<E>>,
    source: Arc<Source>,
}

/// The host's side of one topic.
#[derive(keyway::Boundary)]
#[doc(hidden)]
pub struct Topic<E> {
    audience: AtomicUsize,
    sink: Box<dyn Sink<E>>,
}

/// Hands events to the subscribers of one topic.
#[keyway::boundary]
#[doc(hidden)]
pub trait Sink<E>: Send + Sync {
    /// Hands one event over.
    fn post(&self, source: &Source, event: E, when_full: WhenQueueIsFull) -> Handed;
}

/// What became of an event at once, and what its publisher still waits for.
#[derive(keyway::Boundary)]
#[doc(hidden)]
pub struct Handed {
    /// How many full queues that block it was not put into.
    pub missed: usize,
    /// Ends when it is in all queues that block; for a durable event, when it is stored.
    pub rest: Option<BoxFuture<'static, Result<(), NotKept>>>,
}

/// What a publisher does when a queue with [`WhenFull::Block`](super::WhenFull::Block) is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, keyway::Boundary)]
#[doc(hidden)]
pub enum WhenQueueIsFull {
    /// It waits.
    Wait,
    /// It goes on.
    PassOver,
}

/// The Rust type that a topic stands for, as one image knows it: each numbers types for itself.
#[derive(Debug, Clone, Copy, keyway::Boundary)]
#[doc(hidden)]
pub struct TopicType {
    /// What the derive says about it.
    pub info: &'static EventInfo,
    /// The type itself.
    pub id: TypeId,
    /// The type of what publishers hold, `Arc<Topic<E>>`.
    pub topic: TypeId,
    /// The type of what is told at once, `Arc<dyn Hear<E>>`.
    pub hear: TypeId,
    /// What the host does with events of the type: its `TopicOps`, to be had in its image only.
    pub ops: &'static (dyn Any + Send + Sync),
}

impl TopicType {
    /// The type of an event.
    #[must_use]
    pub const fn of<E: Event>() -> Self {
        Self {
            info: E::INFO,
            id: TypeId::of::<E>(),
            topic: TypeId::of::<Arc<Topic<E>>>(),
            hear: TypeId::of::<Arc<dyn Hear<E>>>(),
            #[cfg(feature = "host")]
            ops: const { &crate::host::TopicOps::of::<E>() },
            // A plugin that is built without a host has no bus.
            #[cfg(not(feature = "host"))]
            ops: &(),
        }
    }
}

/// Who publishes, and whether it still may.
#[derive(Debug, keyway::Boundary)]
#[doc(hidden)]
pub struct Source {
    id: PluginId,
    is_active: AtomicBool,
}

impl Source {
    /// A plugin that is being started.
    #[must_use]
    pub fn new(id: PluginId) -> Arc<Self> {
        Arc::new(Self { id, is_active: AtomicBool::new(true) })
    }

    /// The plugin, or `host`.
    #[must_use]
    pub const fn id(&self) -> PluginId {
        self.id
    }

    /// Whether it still may publish.
    #[inline]
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.is_active.load(Ordering::Acquire)
    }

    /// Ends its publishing.
    pub fn deactivate(&self) {
        self.is_active.store(false, Ordering::Release);
    }
}

impl<E> Topic<E> {
    /// A topic without subscribers.
    pub fn new(sink: impl Sink<E> + 'static) -> Arc<Self> {
        Arc::new(Self { audience: AtomicUsize::new(0), sink: Box::new(sink) })
    }

    /// Says how many subscribers there are.
    pub fn set_audience(&self, subscribers: usize) {
        self.audience.store(subscribers, Ordering::Release);
    }
}

impl fmt::Debug for Handed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Handed").field("missed", &self.missed).finish_non_exhaustive()
    }
}

impl<E> fmt::Debug for Topic<E> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Topic").field("audience", &self.audience).finish_non_exhaustive()
    }
}

impl<E: Event> Publisher<E> {
    /// Puts a handle together. `topic` is an `Arc` of a [`Topic`] of `E`, its type forgotten on the way from the host.
    pub(crate) fn of_topic(topic: &Erased, source: Arc<Source>) -> Result<Self, Error> {
        let topic = topic.get::<Arc<Topic<E>>>().map(Arc::clone);
        let topic = topic.ok_or_else(|| Error::message(format!("KW0650 `{}` is another topic", E::INFO.topic)))?;
        Ok(Self { topic, source })
    }

    /// Whether anybody is subscribed at this moment.
    #[inline]
    #[must_use]
    pub fn has_audience(&self) -> bool {
        self.topic.audience.load(Ordering::Acquire) != 0
    }

    /// Publishes an event: hands it to every subscriber or its queue.
    ///
    /// It waits for full queues of subscribers that chose [`WhenFull::Block`](super::WhenFull::Block), for the time that the host gives
    /// one event (5 s by default). When it is given up while it waits, those do not get the event and count it as dropped; all others
    /// have it.
    ///
    /// A durable event is stored first, and this returns when it cannot be lost any more. Given up before that, it may be stored or
    /// not.
    ///
    /// # Errors
    /// For a durable event, [`NotKept`] when it could not be stored; then nobody is told of it. For all others the answer is `()`.
    #[inline]
    pub async fn publish(&self, event: E) -> E::Published {
        let mut outcome = Ok(());
        if self.has_audience()
            && let Some(rest) = self.post(event, WhenQueueIsFull::Wait).rest
        {
            outcome = rest.await;
        }
        E::Published::from_outcome(outcome)
    }

    /// Like [`publish`](Self::publish), from code that is not async: it never waits. A durable event has no such method.
    ///
    /// # Errors
    /// When subscribers with [`WhenFull::Block`](super::WhenFull::Block) had no room. They count the event as dropped; all others have it.
    #[inline]
    pub fn try_publish(&self, event: E) -> Result<(), Full>
    where
        E: Event<Published = ()>,
    {
        if !self.has_audience() {
            return Ok(());
        }
        match self.post(event, WhenQueueIsFull::PassOver).missed {
            0 => Ok(()),
            missed => Err(Full { topic: E::INFO.topic, missed }),
        }
    }

    /// Like [`publish`](Self::publish), of an event that is only made when there is an audience.
    ///
    /// # Errors
    /// As for [`publish`](Self::publish).
    #[inline]
    pub async fn publish_with(&self, make: impl FnOnce() -> E) -> E::Published {
        if self.has_audience() { self.publish(make()).await } else { E::Published::from_outcome(Ok(())) }
    }

    #[inline]
    fn post(&self, event: E, when_full: WhenQueueIsFull) -> Handed {
        self.topic.sink.post(&self.source, event, when_full)
    }
}

impl<E> Clone for Publisher<E> {
    fn clone(&self) -> Self {
        Self { topic: Arc::clone(&self.topic), source: Arc::clone(&self.source) }
    }
}

impl<E: Event> fmt::Debug for Publisher<E> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = formatter.debug_struct("Publisher");
        debug.field("topic", &E::INFO.topic.as_str()).field("plugin", &self.source.id.as_str()).finish_non_exhaustive()
    }
}

/// Subscribers that must not lose an event had no room for it, and the publisher did not wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Full {
    /// The topic.
    pub topic: PluginId,
    /// How many subscribers did not get the event.
    pub missed: usize,
}

impl fmt::Display for Full {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { topic, missed } = self;
        let subscribers = if *missed == 1 { "subscriber" } else { "subscribers" };
        write!(formatter, "KW0651 {missed} {subscribers} of `{topic}` had a full queue and did not get the event")
    }
}

impl std::error::Error for Full {}
