//! The handle through which a plugin publishes events of one type.

use std::any::TypeId;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use keyway_manifest::{EventInfo, PluginId};

use super::letter::Parcel;
use super::{Event, Package};
use crate::plugin::BoxFuture;

/// Publishes events of the type `E`; taken from [`Context::publisher`](crate::Context::publisher) or, by the host's own code, from
/// `Host::publisher`. Cloning is cheap.
///
/// Publishing to nobody costs one load of an atomic: no event is allocated, copied or counted. Handles that a plugin kept after it was
/// stopped publish nothing.
pub struct Publisher<E> {
    topic: Arc<Topic>,
    source: Arc<Source>,
    event: PhantomData<fn(E)>,
}

/// The host's side of one topic.
#[doc(hidden)]
pub struct Topic {
    audience: AtomicUsize,
    sink: Box<dyn Sink>,
}

/// Hands events to the subscribers of one topic.
#[doc(hidden)]
pub trait Sink: Send + Sync {
    /// Hands one event over. A full queue that blocks gets it through the future, or is counted in the number.
    fn post(&self, package: &mut dyn Package, when_full: WhenQueueIsFull) -> (usize, Option<BoxFuture<'static, ()>>);
    /// Is told of an event that a stopped plugin wanted to publish.
    fn refuse(&self, source: &Source);
}

/// What a publisher does when a queue with [`WhenFull::Block`](super::WhenFull::Block) is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[doc(hidden)]
pub enum WhenQueueIsFull {
    /// It waits.
    Wait,
    /// It goes on.
    PassOver,
}

/// The Rust type that a topic stands for.
#[derive(Debug, Clone, Copy)]
#[doc(hidden)]
pub struct TopicType {
    /// What the derive says about it.
    pub info: &'static EventInfo,
    /// The type itself.
    pub id: TypeId,
}

impl TopicType {
    /// The type of an event.
    #[must_use]
    pub const fn of<E: Event>() -> Self {
        Self { info: E::INFO, id: TypeId::of::<E>() }
    }
}

/// Who publishes, and whether it still may.
#[derive(Debug)]
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

    /// Ends its publishing.
    pub fn deactivate(&self) {
        self.is_active.store(false, Ordering::Release);
    }
}

impl Topic {
    /// A topic without subscribers.
    pub fn new(sink: impl Sink + 'static) -> Arc<Self> {
        Arc::new(Self { audience: AtomicUsize::new(0), sink: Box::new(sink) })
    }

    /// Says how many subscribers there are.
    pub fn set_audience(&self, subscribers: usize) {
        self.audience.store(subscribers, Ordering::Release);
    }
}

impl fmt::Debug for Topic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Topic").field("audience", &self.audience).finish_non_exhaustive()
    }
}

impl<E: Event> Publisher<E> {
    /// Puts a handle together.
    pub(crate) const fn new(topic: Arc<Topic>, source: Arc<Source>) -> Self {
        Self { topic, source, event: PhantomData }
    }

    /// Whether anybody is subscribed at this moment.
    #[inline]
    #[must_use]
    pub fn has_audience(&self) -> bool {
        self.topic.audience.load(Ordering::Acquire) != 0
    }

    /// Publishes an event: hands it to every subscriber or its queue.
    ///
    /// It waits only for full queues of subscribers that chose [`WhenFull::Block`](super::WhenFull::Block). When it is given up while it
    /// waits, those do not get the event and count it as dropped; all others have it.
    #[inline]
    pub async fn publish(&self, event: E) {
        if self.has_audience() {
            let (_, waiting) = self.post(event, WhenQueueIsFull::Wait);
            if let Some(waiting) = waiting {
                waiting.await;
            }
        }
    }

    /// Like [`publish`](Self::publish), from code that is not async: it never waits.
    ///
    /// # Errors
    /// When subscribers with [`WhenFull::Block`](super::WhenFull::Block) had no room. They count the event as dropped; all others have it.
    #[inline]
    pub fn try_publish(&self, event: E) -> Result<(), Full> {
        if !self.has_audience() {
            return Ok(());
        }
        match self.post(event, WhenQueueIsFull::PassOver).0 {
            0 => Ok(()),
            missed => Err(Full { topic: E::INFO.topic, missed }),
        }
    }

    /// Like [`publish`](Self::publish), of an event that is only made when there is an audience.
    #[inline]
    pub async fn publish_with(&self, make: impl FnOnce() -> E) {
        if self.has_audience() {
            self.publish(make()).await;
        }
    }

    fn post(&self, event: E, when_full: WhenQueueIsFull) -> (usize, Option<BoxFuture<'static, ()>>) {
        if !self.source.is_active.load(Ordering::Acquire) {
            self.topic.sink.refuse(&self.source);
            return (0, None);
        }
        self.topic.sink.post(&mut Parcel::new(self.source.id, event), when_full)
    }
}

impl<E> Clone for Publisher<E> {
    fn clone(&self) -> Self {
        Self { topic: Arc::clone(&self.topic), source: Arc::clone(&self.source), event: PhantomData }
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
