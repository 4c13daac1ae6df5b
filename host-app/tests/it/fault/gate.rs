//! Gates at which a plugin's thread stands still until a test lets it go on.

use std::collections::BTreeSet;
use std::sync::{Condvar, Mutex, PoisonError};

static OPEN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
static OPENED: Condvar = Condvar::new();

/// The gates at which somebody has arrived.
static REACHED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Holds the thread until the gate is open.
pub(crate) fn wait(name: &str) {
    REACHED.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned());
    let open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    drop(OPENED.wait_while(open, |open| !open.contains(name)));
}

/// A closed gate. It is opened when this is dropped, so that a test that fails ends too: make it after the server.
pub(crate) struct Gate(String);

impl Gate {
    pub(crate) fn close(name: &str) -> Self {
        Self(name.to_owned())
    }

    /// Waits until a thread stands at the gate.
    pub(crate) fn until_reached(&self) {
        while !REACHED.lock().unwrap_or_else(PoisonError::into_inner).contains(&self.0) {
            std::thread::yield_now();
        }
    }

    pub(crate) fn open(&self) {
        OPEN.lock().unwrap_or_else(PoisonError::into_inner).insert(self.0.clone());
        OPENED.notify_all();
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.open();
    }
}
