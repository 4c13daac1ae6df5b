//! The host's side of one extension: whose it is, whether it may be called, how long it may take, and what became of its calls.

mod async_call;
mod held;
#[cfg(feature = "host")]
mod round;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use keyway_manifest::{AfterPanic, BreakOn, Descriptor, PointInfo};

use super::breaker::Moved;
use super::call_error::Failed;
use super::clock::Moment;
use super::counter::Counter;
use super::gate::{Gate, Permit, Verdict};
use super::hanging::{Hanging, HangingCall};
use super::latency::Histogram;
use super::mark::{self, Mark};
use super::seat::Seat;
use super::{
    Breaker, BreakerChange, CallCounts, CallError, CallErrorKind, CallObserver, Latency, Outcome, Panicked, SlotOptions, Timer,
};
use crate::plugin::BoxFuture;
use held::Held;
pub use held::Hold;

/// One synchronous call of each thread in so many is timed; a power of two. The first one is.
const SAMPLING: u64 = 1_024;

/// The host's side of one extension of one plugin. Shared by every guard of that extension.
#[derive(Debug)]
pub struct Slot {
    descriptor: &'static Descriptor,
    point: &'static PointInfo,
    options: SlotOptions,
    /// What a thread shows while it is in a call of this extension.
    mark: Mark,
    gate: Gate,
    held: Held,
    hanging: Hanging,
    latency: Histogram,
    calls: Counter,
    errors: AtomicU64,
    panics: AtomicU64,
    deadlines: AtomicU64,
    refused: AtomicU64,
    shed: AtomicU64,
}

/// A synchronous call that is timed, that is made inside of another one, or that something stands against.
// Also keeps the fast path from writing to memory what `call` holds: it is moved only where this is made.
struct Unusual<F> {
    call: F,
    method: usize,
    /// It is to be timed, and was counted already.
    is_sampled: bool,
}

/// Which call it is, for the error that it may end with.
#[derive(Clone, Copy)]
struct Which {
    method: usize,
    /// The deadline that can end it.
    limit: Option<Duration>,
}

/// Stands for the timer and the observer of a slot that hands everything on.
struct Unasked;

impl Timer for Unasked {
    fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
        Box::pin(std::future::pending())
    }
}

impl CallObserver for Unasked {
    fn failed(&self, _: &CallError) {}
}

impl Which {
    /// A synchronous call, which nothing can end.
    #[inline]
    const fn sync(method: usize) -> Self {
        Self { method, limit: None }
    }
}

impl Slot {
    /// Makes the slot of a plugin at a point. It can be called at once.
    #[must_use]
    pub fn new(descriptor: &'static Descriptor, point: &'static PointInfo, options: SlotOptions) -> Self {
        let gate = Gate::new(options.breaker, Arc::clone(&options.traffic));
        let mark = Mark::new(&options.plugin);
        Self {
            descriptor,
            point,
            options,
            mark,
            gate,
            held: Held::default(),
            hanging: Hanging::default(),
            latency: Histogram::default(),
            calls: Counter::default(),
            errors: AtomicU64::new(0),
            panics: AtomicU64::new(0),
            deadlines: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            shed: AtomicU64::new(0),
        }
    }

    /// The slot of an extension that the host lends to a plugin in a library. It hands each call on and does nothing else: the host's own
    /// slot, behind it, counts the call, limits it and says whose fault a failure is.
    #[must_use]
    pub(crate) fn lent(descriptor: &'static Descriptor, point: &'static PointInfo) -> Self {
        let unasked: Arc<Unasked> = Arc::new(Unasked);
        let options = SlotOptions::new(Arc::clone(&unasked) as _, unasked);
        Self { gate: Gate::lent(), ..Self::new(descriptor, point, options) }
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
        self.gate.set_active(active);
    }

    /// Whether calls are let through, as far as the host is concerned; the breaker may refuse them all the same.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.gate.is_active()
    }

    /// What the breaker does with calls at this moment.
    #[must_use]
    pub fn breaker(&self) -> Breaker {
        self.gate.breaker()
    }

    /// The call that has not come back for the longest time, when any hangs; found by the host's watchdog.
    #[must_use]
    pub fn hanging(&self) -> Option<HangingCall> {
        self.hanging.oldest()
    }

    /// Closes the breaker before its time, for an operator who has mended the cause.
    pub fn close_breaker(&self) {
        self.tell(self.gate.close_breaker());
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
            shed: self.shed.load(Ordering::Relaxed),
        }
    }

    /// How long calls took. Measured are: of synchronous calls and of async ones that answer without waiting, the first and then every
    /// 1,024th of each thread; of async calls that wait, every one, from the first time it waits, at a resolution of 10 ms for what it
    /// computed before that.
    #[must_use]
    pub fn latency(&self) -> Latency {
        self.latency.read()
    }

    /// Makes one synchronous call; generated guards call it. `method` is the index in [`PointInfo::methods`].
    // Always: where it is not inlined, a guarded call in a chain costs twice as much (benches/benches/chain.rs).
    #[inline(always)]
    pub fn call<O: Outcome>(&self, method: usize, call: impl FnOnce() -> Result<O::Return, Panicked>) -> O::Return {
        let seat = Seat::mine();
        // An idle seat spares the fast path to remember an outer call. It would be read from where the call before has just written,
        // and calls in a row would wait for each other in the processor.
        let is_plain = self.gate.is_free() && seat.is_idle();
        if !is_plain || self.is_sampled(seat) {
            return self.call_watched::<O, _>(Unusual { call, method, is_sampled: is_plain });
        }
        let begun = Moment::now();
        seat.begin(self.mark.of(method));
        let answer = call();
        seat.end();
        match answer {
            Ok(answer) => match O::failure(&answer) {
                None => answer,
                Some(message) => self.failed::<O>(Which::sync(method), answer, message, begun.elapsed(), None),
            },
            Err(panic) => self.panicked::<O>(Which::sync(method), &panic, begun.elapsed(), None),
        }
    }

    #[cold]
    #[inline(never)]
    fn call_watched<O: Outcome, F>(&self, unusual: Unusual<F>) -> O::Return
    where
        F: FnOnce() -> Result<O::Return, Panicked>,
    {
        let Unusual { call, method, is_sampled } = unusual;
        if self.gate.is_lent() {
            return self.hand_on::<O>(Which::sync(method), call());
        }
        if self.gate.is_held() {
            self.held_now();
        }
        let permit = match self.gate.admit(|| self.point.counts(method)) {
            Ok(permit) => permit,
            Err(refusal) => return self.refuse::<O>(Which::sync(method), refusal),
        };
        let is_sampled = is_sampled || self.is_sampled(Seat::take());
        let (begun, since) = (Moment::now(), is_sampled.then(Instant::now));
        let in_call = mark::enter(self.mark.of(method));
        let answer = call();
        drop(in_call);
        let elapsed = || since.map_or_else(|| begun.elapsed(), |since| since.elapsed());
        if is_sampled {
            self.latency.record(elapsed());
        }
        self.settle::<O>(Which::sync(method), answer, elapsed, permit.as_ref())
    }

    /// Counts a call; tells whether it is to be timed.
    #[inline]
    fn is_sampled(&self, seat: &Seat) -> bool {
        self.calls.add_one(seat).is_multiple_of(SAMPLING)
    }

    /// The answer of an extension that the host lends. A panic was caught in the host, and not in the plugin's code, which has a slot
    /// in between.
    fn hand_on<O: Outcome>(&self, which: Which, answer: Result<O::Return, Panicked>) -> O::Return {
        let message = |panic: Panicked| CallErrorKind::Panicked(panic.message().to_owned());
        answer.unwrap_or_else(|panic| self.replace::<O>(which, message(panic), Duration::ZERO))
    }

    #[inline]
    fn settle<O: Outcome>(
        &self,
        which: Which,
        answer: Result<O::Return, Panicked>,
        elapsed: impl FnOnce() -> Duration,
        permit: Option<&Permit<'_>>,
    ) -> O::Return {
        match answer {
            Ok(answer) => match O::failure(&answer) {
                None => {
                    // Without a permit, the breaker had nothing to count when the call began.
                    if permit.is_some() {
                        self.judge(which, Verdict::Good, permit);
                    }
                    answer
                }
                Some(message) => self.failed::<O>(which, answer, message, elapsed(), permit),
            },
            Err(panic) => self.panicked::<O>(which, &panic, elapsed(), permit),
        }
    }

    #[cold]
    fn failed<O: Outcome>(
        &self,
        which: Which,
        answer: O::Return,
        message: String,
        elapsed: Duration,
        permit: Option<&Permit<'_>>,
    ) -> O::Return {
        self.errors.fetch_add(1, Ordering::Relaxed);
        self.judge(which, if self.point.break_on == BreakOn::Errors { Verdict::Bad } else { Verdict::Good }, permit);
        if !O::SKIPS_FAILURES {
            return answer;
        }
        // Dropping it may run the plugin's code.
        let _ = super::catch(AssertUnwindSafe(|| drop(answer)));
        self.replace::<O>(which, CallErrorKind::Failed(message), elapsed)
    }

    #[cold]
    fn panicked<O: Outcome>(&self, which: Which, panic: &Panicked, elapsed: Duration, permit: Option<&Permit<'_>>) -> O::Return {
        self.panics.fetch_add(1, Ordering::Relaxed);
        self.judge(which, Verdict::Bad, permit);
        if self.point.after_panic != AfterPanic::Continue && self.gate.shut() {
            let _ = super::catch(AssertUnwindSafe(|| self.options.observer.poisoned(self)));
        }
        self.replace::<O>(which, CallErrorKind::Panicked(panic.message().to_owned()), elapsed)
    }

    #[cold]
    fn refuse<O: Outcome>(&self, which: Which, mut refusal: CallErrorKind) -> O::Return {
        if let CallErrorKind::BreakerOpen { hanging, .. } = &mut refusal {
            *hanging = self.hanging();
        }
        let count = if refusal == CallErrorKind::Unavailable { &self.refused } else { &self.shed };
        count.fetch_add(1, Ordering::Relaxed);
        self.replace::<O>(which, refusal, Duration::ZERO)
    }

    /// Tells the breaker how a call ended.
    fn judge(&self, which: Which, verdict: Verdict, permit: Option<&Permit<'_>>) {
        if self.point.break_on != BreakOn::Nothing {
            self.tell(self.gate.judge(which.method, verdict, permit));
        }
    }

    /// Tells the observer what the breaker did.
    fn tell(&self, moved: Moved) {
        let change = match moved {
            Moved::No => return,
            Moved::Opened(cool_down) => BreakerChange::Opened(cool_down),
            Moved::Closed => BreakerChange::Closed,
        };
        // A broken observer must not turn one failure into another.
        let _ = super::catch(AssertUnwindSafe(|| self.options.observer.breaker_moved(self, change)));
    }

    /// The slot's number in the marks of threads.
    #[cfg(feature = "host")]
    pub(crate) const fn number(&self) -> u32 {
        self.mark.slot()
    }

    /// A call does not come back: opens the breaker and keeps it open until [`returned`](Self::returned).
    #[cfg(feature = "host")]
    pub(crate) fn hangs(&self, method: &'static str, since: Instant) {
        self.hanging.add(method, since);
        self.tell(self.gate.hangs());
    }

    /// A call that hung came back.
    #[cfg(feature = "host")]
    pub(crate) fn returned(&self, method: &'static str, since: Instant) {
        self.hanging.remove(method, since);
        self.gate.returned();
    }

    fn replace<O: Outcome>(&self, which: Which, kind: CallErrorKind, elapsed: Duration) -> O::Return {
        let error = CallError::new(Failed {
            plugin: self.descriptor.id,
            version: self.descriptor.version,
            point: self.point.id,
            method: self.method_name(which.method),
            elapsed,
            limit: which.limit,
            kind,
        });
        let _ = super::catch(AssertUnwindSafe(|| self.options.observer.failed(&error)));
        O::replace(error)
    }

    /// The name of a method by its index in [`PointInfo::methods`].
    pub(crate) fn method_name(&self, method: usize) -> &'static str {
        self.point.methods.get(method).map_or("?", |(name, _)| name)
    }
}
