//! One subscriber: its code, where its events wait, and the guard through which it is called.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use keyway_manifest::scope_matches;
use keyway_manifest::{EventInfo, ScopeKind};
use tokio::sync::Notify;

#[cfg(feature = "data")]
use super::durable::Tried;
use super::durable::{self, Place, Store};
use super::queue::Queue;
use crate::Error;
use crate::event::{Delivery, Envelope, Filter, Handler, Subscription};
#[cfg(feature = "data")]
use crate::guard::{Neutral, Outcome};
use crate::guard::{OutcomeOpen, Slot, Trouble};
#[cfg(feature = "data")]
use crate::{CallError, CallErrorKind};

/// A subscriber of a bus.
pub(crate) struct Subscriber {
    // Dropped before the slot, which keeps the library in place that it may have come from.
    pub(super) handler: Handler,
    /// The rank of the plugin; `None` for the host's own code.
    pub(super) owner: Option<usize>,
    pub(super) filter: Filter,
    pub(super) slot: Arc<Slot>,
    /// Where events wait; `None` for delivery at once and from the store.
    pub(super) queue: Option<Arc<Queue>>,
    /// Where it is in the store, for a durable event.
    pub(super) place: Option<Arc<Place>>,
    is_closed: AtomicBool,
    closing: Notify,
}

type Answer = OutcomeOpen<Result<(), Error>>;

/// The answer to one attempt: failures of all kinds come back, after they were counted and logged.
#[cfg(feature = "data")]
struct Attempt;

#[cfg(feature = "data")]
impl Outcome for Attempt {
    type Return = Result<(), Error>;
    const SKIPS_FAILURES: bool = true;

    fn failure(answer: &Self::Return) -> Option<String> {
        Neutral::failure(answer)
    }

    fn replace(error: CallError) -> Self::Return {
        Err(Error::new(error))
    }
}

impl Subscriber {
    /// Makes a subscriber and, where its events wait, starts the task that delivers them.
    pub(super) fn new(
        owner: Option<usize>,
        slot: Arc<Slot>,
        subscription: Subscription,
        store: Option<&Arc<Store>>,
    ) -> Arc<Self> {
        Self::with(owner, slot, subscription, store, None)
    }

    /// Like [`new`](Self::new), with the queue of a subscriber before it.
    pub(super) fn with(
        owner: Option<usize>,
        slot: Arc<Slot>,
        subscription: Subscription,
        store: Option<&Arc<Store>>,
        inherited: Option<Arc<Queue>>,
    ) -> Arc<Self> {
        let Subscription { filter, delivery, handler, .. } = subscription;
        // The host's own code is told of durable events like of all others: it is not there to be told again after a restart.
        let stored = match (filter, owner, store, &handler) {
            (Filter::Type(kind), Some(_), Some(store), Handler::Later(_)) if kind.info.durable => {
                let place = store.place(slot.descriptor().id.as_str(), kind.info.topic.as_str());
                place.map(|place| (kind, Arc::clone(store), place))
            }
            _ => None,
        };
        let queue = match (delivery, &handler) {
            _ if stored.is_some() => None,
            (Delivery::Queue(options), _) => Some(inherited.unwrap_or_else(|| Queue::new(options))),
            (Delivery::Sync, Handler::Now(_) | Handler::Typed(_)) => None,
            // Code that may wait cannot be called at once; the macros do not write this.
            (Delivery::Sync, Handler::Later(_)) => Some(Queue::new(Default::default())),
        };
        let place = stored.as_ref().map(|(_, _, place)| Arc::clone(place));
        let (is_closed, closing) = (AtomicBool::new(false), Notify::new());
        let subscriber = Arc::new(Self { owner, filter, slot, queue, place, handler, is_closed, closing });
        if let Some(queue) = &subscriber.queue {
            let (queue, subscriber) = (Arc::clone(queue), Arc::clone(&subscriber));
            tokio::spawn(async move {
                while subscriber.may_go_on().await
                    && let Some(letter) = queue.next(|| subscriber.is_closed()).await
                {
                    subscriber.deliver(letter.envelope()).await;
                }
            });
        }
        if let Some((kind, store, place)) = stored {
            tokio::spawn(durable::deliver(Arc::clone(&subscriber), kind, store, place));
        }
        subscriber
    }

    pub(super) fn wants(&self, event: &EventInfo) -> bool {
        match self.filter {
            Filter::Type(wanted) => wanted.info.topic == event.topic,
            Filter::Pattern(pattern) => scope_matches(ScopeKind::Topic, pattern, event.topic.as_str()),
        }
    }

    /// Waits while the state of the plugin is handed over; whether deliveries go on after that. When it was not handed over, this one
    /// is never told of anything: what waits in its queue is for the instance that goes on, and must not be taken out to be refused.
    async fn may_go_on(&self) -> bool {
        self.slot.until_let_go().await;
        self.slot.is_active()
    }

    /// Calls the subscriber with an event of its queue.
    async fn deliver(&self, event: Envelope<'_>) {
        // What went wrong was counted and logged by the guard.
        match &self.handler {
            Handler::Later(receiver) => {
                let _ = self.slot.call_async::<Answer>(0, || receiver.receive(event)).await;
            }
            Handler::Now(receiver) => {
                let _ = self.slot.call::<Answer>(0, || Trouble::answer(receiver.receive_now(&event)));
            }
            // Only made for delivery at once, which has no queue.
            Handler::Typed(_) => {}
        }
    }

    /// Calls the subscriber with a stored event.
    #[cfg(feature = "data")]
    pub(super) async fn attempt(&self, event: Envelope<'_>) -> Tried {
        let Handler::Later(receiver) = &self.handler else { return Tried::NotNow(None) };
        let Err(error) = self.slot.call_async::<Attempt>(0, || receiver.receive(event)).await else { return Tried::Done };
        match error.cause().downcast_ref().map(CallError::kind) {
            Some(CallErrorKind::BreakerOpen { retry_in, .. } | CallErrorKind::RateExceeded { retry_in, .. }) => {
                Tried::NotNow(Some(*retry_in))
            }
            Some(CallErrorKind::Unavailable | CallErrorKind::TooManyCalls { .. }) => Tried::NotNow(None),
            Some(CallErrorKind::Failed(message)) => Tried::Failed(message.clone()),
            Some(CallErrorKind::Panicked(message)) => Tried::Failed(format!("it panicked: {message}")),
            _ => Tried::Failed(error.to_string()),
        }
    }

    /// Whether a subscription is to the same, in the same way, so that it can have the queue of this one.
    pub(super) fn hears_as(&self, other: &Subscription) -> bool {
        let is_same = match (&self.filter, &other.filter) {
            (Filter::Type(own), Filter::Type(theirs)) => own.id == theirs.id,
            (Filter::Pattern(own), Filter::Pattern(theirs)) => own == theirs,
            _ => false,
        };
        let own = self.queue.as_ref().map(|queue| queue.look().0);
        is_same && matches!(other.delivery, Delivery::Queue(options) if own == Some(options))
    }

    /// Begins no further delivery, while those under way go on; `with_queue` gives up what waits.
    pub(super) fn leave(&self, with_queue: bool) {
        self.is_closed.store(true, Ordering::Release);
        self.closing.notify_waiters();
        match &self.queue {
            Some(queue) if with_queue => queue.close(),
            Some(queue) => queue.wake(),
            None => {}
        }
    }

    /// Ends the subscription; a delivery under way goes on.
    pub(super) fn close(&self) {
        self.slot.set_active(false);
        self.is_closed.store(true, Ordering::Release);
        self.closing.notify_waiters();
        if let Some(queue) = &self.queue {
            queue.close();
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Acquire)
    }

    /// Ends when the subscription is closed.
    #[cfg(feature = "data")]
    pub(super) async fn closed(&self) {
        let mut closing = std::pin::pin!(self.closing.notified());
        // Counts as waiting from here on, so that a close after the look is noticed.
        closing.as_mut().enable();
        if !self.is_closed() {
            closing.await;
        }
    }
}
