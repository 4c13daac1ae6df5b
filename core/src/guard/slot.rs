//! The host's side of one extension: whose it is, whether it may be called, how long it may take, and what became of its calls.

use std::fmt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};

use keyway_manifest::{Descriptor, PointInfo};

use super::call_error::Failed;
use super::clock::Moment;
use super::counter::Counter;
use super::{CallError, CallErrorKind, Caught, Outcome, Panicked};
use crate::plugin::BoxFuture;

/// Makes futures that end after a while; the host's runtime provides it, so that SDKs and plugins depend on no runtime.
pub trait Timer: Send + Sync {
    /// A future that ends after `duration`.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;
}

/// Is told of every call that gave no answer of its own, for example to log it.
pub trait CallObserver: Send + Sync {
    /// Called once for each failed call, after it was counted.
    fn failed(&self, error: &CallError);
}

/// What a host sets for one extension.
#[derive(Clone)]
pub struct SlotOptions {
    /// The time that one async call may take; `None` for no limit.
    pub deadline: Option<Duration>,
    /// Where the time comes from.
    pub timer: Arc<dyn Timer>,
    /// Who is told of failures.
    pub observer: Arc<dyn CallObserver>,
}

impl fmt::Debug for SlotOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SlotOptions").field("deadline", &self.deadline).finish_non_exhaustive()
    }
}

/// How many calls of an extension there were and what became of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CallCounts {
    /// All calls that reached the plugin.
    pub calls: u64,
    /// Calls that the plugin answered with an error of its own.
    pub errors: u64,
    /// Calls that panicked.
    pub panics: u64,
    /// Calls that were given up at their deadline.
    pub deadlines: u64,
    /// Calls refused because the plugin was disabled or stopped.
    pub refused: u64,
}

/// The host's side of one extension of one plugin. Shared by every guard of that extension.
#[derive(Debug)]
pub struct Slot {
    descriptor: &'static Descriptor,
    point: &'static PointInfo,
    options: SlotOptions,
    active: AtomicBool,
    calls: Counter,
    errors: AtomicU64,
    panics: AtomicU64,
    deadlines: AtomicU64,
    refused: AtomicU64,
}

impl Slot {
    /// Makes the slot of a plugin at a point. It can be called at once.
    #[must_use]
    pub fn new(descriptor: &'static Descriptor, point: &'static PointInfo, options: SlotOptions) -> Self {
        Self {
            descriptor,
            point,
            options,
            active: AtomicBool::new(true),
            calls: Counter::default(),
            errors: AtomicU64::new(0),
            panics: AtomicU64::new(0),
            deadlines: AtomicU64::new(0),
            refused: AtomicU64::new(0),
        }
    }

    /// The plugin's descriptor.
    #[must_use]
    pub fn descriptor(&self) -> &'static Descriptor {
        self.descriptor
    }

    /// The extension point.
    #[must_use]
    pub fn point(&self) -> &'static PointInfo {
        self.point
    }

    /// Lets calls through or refuses them; calls under way go on.
    pub fn set_active(&self, active: bool) {
        self.active.store(active, Ordering::Release);
    }

    /// Whether calls are let through.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.active.load(Ordering::Acquire)
    }

    /// What became of the calls so far.
    #[must_use]
    pub fn counts(&self) -> CallCounts {
        CallCounts {
            calls: self.calls.total(),
            errors: self.errors.load(Ordering::Relaxed),
            panics: self.panics.load(Ordering::Relaxed),
            deadlines: self.deadlines.load(Ordering::Relaxed),
            refused: self.refused.load(Ordering::Relaxed),
        }
    }

    /// Makes one synchronous call; generated guards call it. `method` is the index in [`PointInfo::methods`].
    #[inline]
    pub fn call<O: Outcome>(&self, method: usize, call: impl FnOnce() -> Result<O::Return, Panicked>) -> O::Return {
        if !self.active.load(Ordering::Relaxed) {
            return self.refuse::<O>(method);
        }
        let begun = Moment::now();
        self.calls.add_one();
        match call() {
            Ok(answer) => self.judge::<O>(method, answer, begun),
            Err(panic) => self.panicked::<O>(method, &panic, begun.elapsed()),
        }
    }

    /// Makes one asynchronous call under the extension's deadline; generated guards call it.
    ///
    /// The timer is armed only when the first poll is pending, so a plugin that answers at once pays for no timer.
    pub async fn call_async<'a, O: Outcome>(&self, method: usize, call: impl FnOnce() -> Caught<'a, O::Return>) -> O::Return
    where
        O::Return: Send + 'a,
    {
        if !self.active.load(Ordering::Relaxed) {
            return self.refuse::<O>(method);
        }
        let begun = Moment::now();
        self.calls.add_one();
        let mut call = pin!(call());
        let mut waiting: Option<(Instant, Option<BoxFuture<'static, ()>>)> = None;
        let answer = std::future::poll_fn(|context| {
            if let Poll::Ready(answer) = call.as_mut().poll(context) {
                return Poll::Ready(Some(answer));
            }
            let (_, timer) = waiting
                .get_or_insert_with(|| (Instant::now(), self.options.deadline.map(|limit| self.options.timer.sleep(limit))));
            match timer {
                Some(timer) => Pin::new(timer).poll(context).map(|()| None),
                None => Poll::Pending,
            }
        })
        .await;
        match answer {
            Some(Ok(answer)) => self.judge::<O>(method, answer, begun),
            Some(Err(panic)) => self.panicked::<O>(method, &panic, waiting.map_or(Duration::ZERO, |(since, _)| since.elapsed())),
            None => {
                self.deadlines.fetch_add(1, Ordering::Relaxed);
                let elapsed = waiting.map_or(Duration::ZERO, |(since, _)| since.elapsed());
                let limit = self.options.deadline.unwrap_or_default();
                self.replace::<O>(method, CallErrorKind::DeadlineExceeded { limit }, elapsed)
            }
        }
    }

    #[inline]
    fn judge<O: Outcome>(&self, method: usize, answer: O::Return, begun: Moment) -> O::Return {
        match O::failure(&answer) {
            None => answer,
            Some(message) => self.failed::<O>(method, answer, message, begun.elapsed()),
        }
    }

    #[cold]
    fn failed<O: Outcome>(&self, method: usize, answer: O::Return, message: String, elapsed: Duration) -> O::Return {
        self.errors.fetch_add(1, Ordering::Relaxed);
        if !O::SKIPS_FAILURES {
            return answer;
        }
        // Dropping it may run the plugin's code.
        let _ = super::catch(AssertUnwindSafe(|| drop(answer)));
        self.replace::<O>(method, CallErrorKind::Failed(message), elapsed)
    }

    #[cold]
    fn panicked<O: Outcome>(&self, method: usize, panic: &Panicked, elapsed: Duration) -> O::Return {
        self.panics.fetch_add(1, Ordering::Relaxed);
        self.replace::<O>(method, CallErrorKind::Panicked(panic.message().to_owned()), elapsed)
    }

    #[cold]
    fn refuse<O: Outcome>(&self, method: usize) -> O::Return {
        self.refused.fetch_add(1, Ordering::Relaxed);
        self.replace::<O>(method, CallErrorKind::Unavailable, Duration::ZERO)
    }

    fn replace<O: Outcome>(&self, method: usize, kind: CallErrorKind, elapsed: Duration) -> O::Return {
        let error = CallError::new(Failed {
            plugin: self.descriptor.id,
            version: self.descriptor.version,
            point: self.point.id,
            method: self.point.methods.get(method).map_or("?", |(name, _)| name),
            elapsed,
            kind,
        });
        // A broken observer must not turn one failure into another.
        let _ = super::catch(AssertUnwindSafe(|| self.options.observer.failed(&error)));
        O::replace(error)
    }
}
