//! Calls that wait while the state of a plugin is handed from one instance to the next.

use std::sync::{Arc, Mutex, PoisonError};

use super::Slot;
use crate::plugin::BoxFuture;

/// What calls wait for. The host makes it, and its code runs there.
pub trait Hold: Send + Sync {
    /// Ends when calls may go on.
    fn over(&self) -> BoxFuture<'static, ()>;

    /// Keeps this thread until calls may go on; sees to it that they may, where it would wait for itself.
    fn wait(&self);
}

/// What the calls of one slot wait for.
#[derive(Default)]
pub(super) struct Held(Mutex<Option<Arc<dyn Hold>>>);

impl Held {
    fn hold(&self) -> Option<Arc<dyn Hold>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, hold: Option<Arc<dyn Hold>>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = hold;
    }
}

impl std::fmt::Debug for Held {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Held").field(&self.hold().is_some()).finish()
    }
}

impl Slot {
    /// Lets calls wait until [`let_go`](Self::let_go). Their deadlines begin after that.
    pub fn hold(&self, hold: Arc<dyn Hold>) {
        self.held.set(Some(hold));
        self.gate.set_held(true);
    }

    /// Lets calls that wait go on, and all others through.
    pub fn let_go(&self) {
        self.gate.set_held(false);
        self.held.set(None);
    }

    /// Ends when calls may go on; `None` when they may by now.
    pub(super) fn over(&self) -> Option<BoxFuture<'static, ()>> {
        self.held.hold().map(|hold| hold.over())
    }

    /// Waits as long as calls are to wait.
    #[cfg(feature = "host")]
    pub(crate) async fn until_let_go(&self) {
        if self.gate.is_held()
            && let Some(over) = self.over()
        {
            over.await;
        }
    }

    /// Keeps this thread as long as calls are to wait.
    #[cold]
    pub(super) fn held_now(&self) {
        if let Some(hold) = self.held.hold() {
            hold.wait();
        }
    }
}
