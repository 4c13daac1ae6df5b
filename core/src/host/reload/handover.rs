//! The moment between two instances: calls wait, the state changes hands, calls go on.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::watch;
use tokio::task::block_in_place;

use crate::guard::{Hold, Slot, catch};
use crate::host::failure::PluginError;
use crate::plugin::BoxFuture;

type Work = Box<dyn FnOnce() -> Result<(), PluginError> + Send>;

/// The handing over of a state, which is done once: by the reload, when the calls of the old instance have ended, or before that by a
/// thread that cannot wait for it any longer.
pub(super) struct Handover {
    stage: Mutex<Stage>,
    /// Wakes threads that wait.
    moved: Condvar,
    /// Wakes tasks that wait.
    over: watch::Sender<bool>,
    /// How long a thread waits.
    patience: Duration,
}

struct Stage {
    work: Option<Work>,
    waiting: Vec<Arc<Slot>>,
    is_over: bool,
    failure: Option<PluginError>,
}

impl Handover {
    /// A handover that nobody waits for yet.
    pub(super) fn new(patience: Duration, work: impl FnOnce() -> Result<(), PluginError> + Send + 'static) -> Arc<Self> {
        let stage = Stage { work: Some(Box::new(work)), waiting: Vec::new(), is_over: false, failure: None };
        Arc::new(Self { stage: Mutex::new(stage), moved: Condvar::new(), over: watch::Sender::new(false), patience })
    }

    fn stage(&self) -> MutexGuard<'_, Stage> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets the calls of more slots wait. When it is over already, they are as it has left the others.
    pub(super) fn hold(self: &Arc<Self>, slots: impl Iterator<Item = Arc<Slot>>) {
        let mut stage = self.stage();
        for slot in slots {
            if stage.is_over {
                slot.set_active(stage.failure.is_none());
            } else {
                slot.hold(Arc::clone(self) as Arc<dyn Hold>);
                stage.waiting.push(slot);
            }
        }
    }

    /// Hands the state over, unless that was done, and lets calls go on; answers what went wrong. They are refused then.
    pub(super) fn finish(&self) -> Option<PluginError> {
        let work = self.stage().work.take();
        let Some(work) = work else {
            let stage = self.moved.wait_while(self.stage(), |stage| !stage.is_over).unwrap_or_else(PoisonError::into_inner);
            return stage.failure.clone();
        };
        // Without the lock: whoever calls meanwhile waits.
        let failure = work().err();
        let waiting = {
            let mut stage = self.stage();
            stage.is_over = true;
            stage.failure.clone_from(&failure);
            std::mem::take(&mut stage.waiting)
        };
        for slot in waiting {
            if failure.is_some() {
                slot.set_active(false);
            }
            slot.let_go();
        }
        self.moved.notify_all();
        self.over.send_replace(true);
        failure
    }
}

impl Hold for Handover {
    fn over(&self) -> BoxFuture<'static, ()> {
        let mut over = self.over.subscribe();
        // When the handover is gone, it is over.
        Box::pin(async move { drop(over.wait_for(|over| *over).await) })
    }

    fn wait(&self) {
        let wait = || {
            let stage = self.stage();
            let (stage, _) = self
                .moved
                .wait_timeout_while(stage, self.patience, |stage| !stage.is_over)
                .unwrap_or_else(PoisonError::into_inner);
            stage.is_over
        };
        let is_over = match Handle::try_current().map(|handle| handle.runtime_flavor()) {
            // Another thread takes over what this one would keep waiting: the calls that are waited for may be among it. Where tasks
            // are bound to their thread, tokio says so by a panic.
            Ok(RuntimeFlavor::MultiThread) => catch(AssertUnwindSafe(|| block_in_place(wait))).unwrap_or(false),
            Ok(_) => false,
            Err(_) => wait(),
        };
        if !is_over {
            self.finish();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn it_is_done_once_whoever_is_first() {
        let count = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&count);
        let handover = Handover::new(Duration::from_secs(60), move || {
            counted.fetch_add(1, Ordering::Relaxed);
            Ok(())
        });
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| handover.wait());
            }
            // On the one thread of this runtime, which would wait for itself.
            handover.wait();
        });
        assert!(handover.finish().is_none());
        assert_eq!(count.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn threads_wait_for_the_reload_where_it_can_go_on() {
        let handover = Handover::new(Duration::from_secs(60), || Ok(()));
        std::thread::scope(|scope| {
            let waits = scope.spawn(|| handover.wait());
            handover.finish();
            waits.join().unwrap();
        });
    }
}
