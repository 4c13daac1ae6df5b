//! An event between publisher and subscribers: on the publisher's stack as long as nobody keeps it, then shared by all who do.

use std::sync::Arc;

use keyway_manifest::PluginId;

use super::{AnyEvent, Envelope, Event};

/// An event that subscribers keep until their turn comes.
#[doc(hidden)]
pub trait Letter: Send + Sync {
    /// The event as observers see it.
    fn envelope(&self) -> Envelope<'_>;
}

/// An event that is being published.
#[doc(hidden)]
pub trait Package {
    /// The event as observers see it.
    fn envelope(&self) -> Envelope<'_>;
    /// The event to keep. The first call moves it off the stack, which is the only allocation of publishing.
    fn share(&mut self) -> Arc<dyn Letter>;
}

struct Posted<E> {
    publisher: PluginId,
    event: E,
}

impl<E: Event> Letter for Posted<E> {
    fn envelope(&self) -> Envelope<'_> {
        Envelope::new(E::INFO, self.publisher, &self.event)
    }
}

/// The one implementation of [`Package`].
pub(super) struct Parcel<E> {
    publisher: PluginId,
    content: Content<E>,
}

enum Content<E> {
    Own(E),
    Shared(Arc<Posted<E>>),
    /// Only while it moves from the one to the other.
    Moving,
}

impl<E: Event> Parcel<E> {
    pub(super) const fn new(publisher: PluginId, event: E) -> Self {
        Self { publisher, content: Content::Own(event) }
    }
}

impl<E: Event> Package for Parcel<E> {
    fn envelope(&self) -> Envelope<'_> {
        let event: &dyn AnyEvent = match &self.content {
            Content::Own(event) => event,
            Content::Shared(posted) => &posted.event,
            Content::Moving => unreachable!("nothing can fail while the event moves"),
        };
        Envelope::new(E::INFO, self.publisher, event)
    }

    fn share(&mut self) -> Arc<dyn Letter> {
        let posted = match std::mem::replace(&mut self.content, Content::Moving) {
            Content::Own(event) => Arc::new(Posted { publisher: self.publisher, event }),
            Content::Shared(posted) => posted,
            Content::Moving => unreachable!("nothing can fail while the event moves"),
        };
        self.content = Content::Shared(Arc::clone(&posted));
        posted
    }
}
