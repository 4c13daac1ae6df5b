//! What a host sets for one extension, and what it is asked and told by it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::clock::Moment;
use super::{BreakerOptions, CallError, PluginNumber, Slot, Traffic};
use crate::native::Hold;
use crate::plugin::BoxFuture;

/// Makes futures that end after a while; the host's runtime provides it, so that SDKs and plugins depend on no runtime.
#[keyway::boundary]
pub trait Timer: Send + Sync {
    /// A future that ends after `duration`.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;

    /// The moment on the coarse clock that the host moves. A library has a clock of its own, which nobody moves, so what runs in one
    /// asks here.
    fn now(&self) -> Moment {
        Moment::now()
    }
}

/// Is told of every call that gave no answer of its own, and of what the guard does about it; for example to log it.
pub trait CallObserver: Send + Sync {
    /// Called once for each failed call, after it was counted.
    fn failed(&self, error: &CallError);

    /// Called when the breaker of an extension opened or closed. Does nothing by default.
    fn breaker_moved(&self, slot: &Slot, change: BreakerChange) {
        let _ = (slot, change);
    }

    /// Called when a method panicked at a point whose [`AfterPanic`](keyway_manifest::AfterPanic) is not `Continue`, after the extension was made inactive. Does
    /// nothing by default, which leaves it so.
    fn poisoned(&self, slot: &Slot) {
        let _ = slot;
    }
}

/// What the breaker of an extension did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakerChange {
    /// It opened: the extension is left out for so long.
    Opened(Duration),
    /// It closed: calls go through again.
    Closed,
}

/// What a host sets for one extension.
#[derive(Clone)]
pub struct SlotOptions {
    /// The time that one async call may take; `None` for no limit.
    pub deadline: Option<Duration>,
    /// When the extension is left out for a while; `None` for never.
    pub breaker: Option<BreakerOptions>,
    /// The plugin's number, which threads show while they run its code. By default that of the program, whose own code needs none.
    pub plugin: Arc<PluginNumber>,
    /// How many calls the plugin takes, in all its extensions together.
    pub traffic: Arc<Traffic>,
    /// Where the time comes from.
    pub timer: Arc<dyn Timer>,
    /// Who is told of failures.
    pub observer: Arc<dyn CallObserver>,
    /// Keeps the library that the extension came from, until the slot is dropped, which is after the extension.
    pub library: Hold,
}

impl SlotOptions {
    /// No deadline, no limit of the number of calls, and a breaker with the default numbers.
    #[must_use]
    pub fn new(timer: Arc<dyn Timer>, observer: Arc<dyn CallObserver>) -> Self {
        let (plugin, traffic) = (Arc::default(), Arc::default());
        Self {
            deadline: None,
            breaker: Some(BreakerOptions::default()),
            plugin,
            traffic,
            timer,
            observer,
            library: Hold::default(),
        }
    }
}

impl fmt::Debug for SlotOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { deadline, breaker, traffic, .. } = self;
        let mut fields = formatter.debug_struct("SlotOptions");
        fields.field("deadline", deadline).field("breaker", breaker).field("traffic", traffic).finish_non_exhaustive()
    }
}
