//! Keeps the runtime listening while a plugin holds one of its threads.
//!
//! One thread at a time waits for connections and timers on behalf of all. It is also the one that runs what it has waited for, and
//! when a plugin does not come back from there, the others sleep: nobody wakes them, so nobody is answered, however many threads there
//! are. A task from outside wakes one of them, and that one goes on waiting for connections.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use tokio::runtime::Handle;

/// How long everybody may have to wait when a thread is held. A beat costs some microseconds.
const BEAT: Duration = Duration::from_millis(50);

/// Beats until it is dropped.
#[derive(Debug)]
pub(crate) struct Pulse {
    _until_dropped: Sender<()>,
}

impl Pulse {
    /// Begins to wake the runtime that this is called in. Without a thread for it, the log says so.
    pub(crate) fn begin() -> Self {
        let (sender, dropped) = channel();
        let runtime = Handle::current();
        let beating = thread::Builder::new().name("keyway-cms-pulse".to_owned()).spawn(move || {
            while dropped.recv_timeout(BEAT) == Err(RecvTimeoutError::Timeout) {
                drop(runtime.spawn(async {}));
            }
        });
        if let Err(error) = beating {
            tracing::warn!(%error, "a plugin that holds a thread can hold up everybody: no thread can be made to wake the others");
        }
        Self { _until_dropped: sender }
    }
}
