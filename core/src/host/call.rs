//! What the guards of a host use: tokio's timer, a log of failed calls, and the task that moves the coarse clock.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use tokio::task::AbortHandle;
use tokio::time::{MissedTickBehavior, interval};

use super::tell::tell;
use crate::guard::{CallObserver, Timer, clock};
use crate::plugin::BoxFuture;
use crate::{CallError, CallErrorKind};

/// Sleeps by tokio's timer.
pub(super) struct TokioTimer;

impl Timer for TokioTimer {
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// Writes failed calls to the log.
pub(super) struct LogFailures;

impl CallObserver for LogFailures {
    fn failed(&self, error: &CallError) {
        let (plugin, point, method, code) = (error.plugin(), error.point(), error.method(), error.code());
        match error.kind() {
            // Whoever calls a plugin just switched off did nothing wrong.
            CallErrorKind::Unavailable => tracing::debug!(plugin, point, method, code, "{error}"),
            CallErrorKind::Failed(_) => tell!(warn, { plugin, point, method, code, } "{error}"),
            CallErrorKind::Panicked(_) | CallErrorKind::DeadlineExceeded { .. } => {
                tell!(error, { plugin, point, method, code, } "{error}");
            }
        }
    }
}

/// Moves the coarse clock until it is aborted. All hosts of a process move the same clock from the same beginning.
pub(super) fn run_clock() -> AbortHandle {
    static BEGINNING: LazyLock<Instant> = LazyLock::new(Instant::now);
    clock::advance_to(BEGINNING.elapsed());
    let task = tokio::spawn(async {
        let mut steps = interval(clock::STEP);
        steps.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            steps.tick().await;
            clock::advance_to(BEGINNING.elapsed());
        }
    });
    task.abort_handle()
}
