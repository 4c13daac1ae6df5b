//! One subscriber: its code, its queue, and the guard through which it is called.

use std::sync::Arc;

use keyway_manifest::scope_matches;
use keyway_manifest::{EventInfo, ScopeKind};

use super::queue::Queue;
use crate::Error;
use crate::event::{Delivery, Envelope, Filter, Handler, Subscription};
use crate::guard::{OutcomeOpen, Slot};

/// A subscriber of a bus.
pub(super) struct Subscriber {
    /// The rank of the plugin; `None` for the host's own code.
    pub(super) owner: Option<usize>,
    pub(super) filter: Filter,
    pub(super) slot: Arc<Slot>,
    /// Where events wait; `None` for delivery at once.
    pub(super) queue: Option<Arc<Queue>>,
    handler: Handler,
}

type Answer = OutcomeOpen<Result<(), Error>>;

impl Subscriber {
    /// Makes a subscriber and, where it has a queue, starts the task that empties it.
    pub(super) fn new(owner: Option<usize>, slot: Arc<Slot>, subscription: Subscription) -> Arc<Self> {
        let Subscription { filter, delivery, handler, .. } = subscription;
        let queue = match (delivery, &handler) {
            (Delivery::Queue(options), _) => Some(Queue::new(options)),
            (Delivery::Sync, Handler::Now(_)) => None,
            // Code that may wait cannot be called at once; the macros do not write this.
            (Delivery::Sync, Handler::Later(_)) => Some(Queue::new(Default::default())),
        };
        let subscriber = Arc::new(Self { owner, filter, slot, queue, handler });
        if let Some(queue) = &subscriber.queue {
            let (queue, subscriber) = (Arc::clone(queue), Arc::clone(&subscriber));
            tokio::spawn(async move {
                while let Some(letter) = queue.next().await {
                    subscriber.deliver(letter.envelope()).await;
                }
            });
        }
        subscriber
    }

    pub(super) fn wants(&self, event: &EventInfo) -> bool {
        match self.filter {
            Filter::Type(wanted) => wanted.info.topic == event.topic,
            Filter::Pattern(pattern) => scope_matches(ScopeKind::Topic, pattern, event.topic.as_str()),
        }
    }

    /// Calls the subscriber on this thread.
    pub(super) fn deliver_now(&self, event: &Envelope<'_>) {
        if let Handler::Now(receiver) = &self.handler {
            // What went wrong was counted and logged by the guard.
            let _ = self.slot.call::<Answer>(0, || receiver.receive_now(event));
        }
    }

    /// Calls the subscriber with an event of its queue.
    async fn deliver(&self, event: Envelope<'_>) {
        match &self.handler {
            Handler::Later(receiver) => {
                let _ = self.slot.call_async::<Answer>(0, || receiver.receive(event)).await;
            }
            Handler::Now(_) => self.deliver_now(&event),
        }
    }

    /// Ends the subscription; a delivery under way goes on.
    pub(super) fn close(&self) {
        self.slot.set_active(false);
        if let Some(queue) = &self.queue {
            queue.close();
        }
    }
}
