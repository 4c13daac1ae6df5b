//! The host's side of one extension: whose it is, whether it may be called, how long it may take, and what became of its calls.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use keyway_manifest::{AfterPanic, BreakOn, Descriptor, PointInfo};

use super::breaker::{Admission, Circuit, Moved};
use super::call_error::Failed;
use super::clock::{self, Moment};
use super::counter::Counter;
use super::latency::Histogram;
use super::mark::{self, Mark};
use super::seat::Seat;
use super::traffic::Congestion;
use super::{Breaker, BreakerChange, CallCounts, CallError, CallErrorKind, Caught, Latency, Outcome, Panicked, SlotOptions};
#[cfg(feature = "host")]
use super::{OutcomeOpen, Round, Trouble};
#[cfg(feature = "host")]
use crate::Error;

/// Nothing stands against a call; one load tells.
const FREE: u32 = 0;
/// The plugin is disabled or stopped.
const OFF: u32 = 1;
/// The breaker wants to be asked, and told of successes too.
const BREAKER: u32 = 2;
/// The plugin's calls are limited in number.
const LIMITED: u32 = 4;

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
    /// What a call must mind, as bits; [`FREE`] on the fast path.
    gate: AtomicU32,
    circuit: Mutex<Circuit>,
    latency: Histogram,
    calls: Counter,
    errors: AtomicU64,
    panics: AtomicU64,
    deadlines: AtomicU64,
    refused: AtomicU64,
    shed: AtomicU64,
}

/// A call that was let in; what it holds is given back when it is dropped, also when its caller gives up waiting.
struct Permit<'a> {
    slot: &'a Slot,
    probe: Option<u64>,
    is_counted: bool,
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if self.is_counted {
            self.slot.options.traffic.leave();
        }
        if let Some(probe) = self.probe {
            self.slot.circuit().gave_up(probe);
        }
    }
}

/// A synchronous call that is timed, that is made inside of another one, or that something stands against.
// Also keeps the fast path from writing to memory what `call` holds: it is moved only where this is made.
struct Unusual<F> {
    call: F,
    method: usize,
    /// It is to be timed, and was counted already.
    is_sampled: bool,
}

/// An asynchronous call after its first poll.
enum Begun<'s, 'a, R> {
    Answered(R),
    Waits(Waiting<'s, 'a, R>),
}

/// An asynchronous call that was not answered at once.
struct Waiting<'s, 'a, R> {
    call: Caught<'a, R>,
    /// What threads show while they poll it.
    word: u64,
    permit: Option<Permit<'s>>,
    begun: Moment,
    since: Instant,
}

impl<R> Waiting<'_, '_, R> {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<R, Panicked>> {
        let _in_call = mark::enter(self.word);
        Pin::new(&mut self.call).poll(context)
    }
}

impl<R> Drop for Waiting<'_, '_, R> {
    fn drop(&mut self) {
        // What is given up runs the plugin's code once more, and holds its permit until that is done.
        let _in_call = mark::enter(self.word);
        self.call.give_up();
    }
}

/// How a call ended, for the breaker.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Good,
    Bad,
}

impl Slot {
    /// Makes the slot of a plugin at a point. It can be called at once.
    #[must_use]
    pub fn new(descriptor: &'static Descriptor, point: &'static PointInfo, options: SlotOptions) -> Self {
        let gate = if options.traffic.is_limited() { LIMITED } else { FREE };
        let breaker = options.breaker.unwrap_or_default();
        let mark = Mark::new(&options.plugin);
        Self {
            descriptor,
            point,
            options,
            mark,
            gate: AtomicU32::new(gate),
            circuit: Mutex::new(Circuit::new(breaker)),
            latency: Histogram::default(),
            calls: Counter::default(),
            errors: AtomicU64::new(0),
            panics: AtomicU64::new(0),
            deadlines: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            shed: AtomicU64::new(0),
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
        self.set(OFF, !active);
    }

    /// Whether calls are let through, as far as the host is concerned; the breaker may refuse them all the same.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.gate.load(Ordering::Acquire) & OFF == 0
    }

    /// What the breaker does with calls at this moment.
    #[must_use]
    pub fn breaker(&self) -> Breaker {
        self.circuit().state()
    }

    /// Closes the breaker before its time, for an operator who has mended the cause.
    pub fn close_breaker(&self) {
        self.tell_circuit(Circuit::close);
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
        let is_plain = self.gate.load(Ordering::Relaxed) == FREE && seat.is_idle();
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
                Some(message) => self.failed::<O>(method, answer, message, begun.elapsed(), None),
            },
            Err(panic) => self.panicked::<O>(method, &panic, begun.elapsed(), None),
        }
    }

    /// Makes one synchronous call of a round, and deals with what goes wrong. The call is told from the next one by its own mark; when
    /// the round ends, the thread is back in the call that it was in.
    #[cfg(feature = "host")]
    #[inline(always)]
    pub(crate) fn call_in(&self, round: &Round, method: usize, call: impl FnOnce() -> Result<(), Box<Trouble>>) {
        let seat = round.seat();
        let is_plain = self.gate.load(Ordering::Relaxed) == FREE && seat.is_taken();
        if !is_plain || self.is_sampled(seat) {
            round.step_out();
            let call = || Trouble::answer(call());
            // What went wrong was told by `replace`.
            let _ = self.call_watched::<OutcomeOpen<_>, _>(Unusual { call, method, is_sampled: is_plain });
            return;
        }
        let begun = Moment::now();
        seat.begin(self.mark.of(method));
        if let Err(trouble) = call() {
            self.troubled(method, trouble, begun);
        }
    }

    #[cfg(feature = "host")]
    #[cold]
    fn troubled(&self, method: usize, trouble: Box<Trouble>, begun: Moment) {
        let answer = Trouble::answer(Err(trouble));
        let _ = self.settle::<OutcomeOpen<Result<(), Error>>>(method, answer, || begun.elapsed(), None);
    }

    #[cold]
    #[inline(never)]
    fn call_watched<O: Outcome, F>(&self, unusual: Unusual<F>) -> O::Return
    where
        F: FnOnce() -> Result<O::Return, Panicked>,
    {
        let Unusual { call, method, is_sampled } = unusual;
        let permit = match self.admit() {
            Ok(permit) => permit,
            Err(refusal) => return self.refuse::<O>(method, refusal),
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
        self.settle::<O>(method, answer, elapsed, permit.as_ref())
    }

    /// Counts a call; tells whether it is to be timed.
    #[inline]
    fn is_sampled(&self, seat: &Seat) -> bool {
        self.calls.add_one(seat).is_multiple_of(SAMPLING)
    }

    /// Makes one asynchronous call under the extension's deadline; generated guards call it.
    ///
    /// The timer is armed only when the first poll is pending, so a plugin that answers at once pays for no timer.
    pub async fn call_async<'a, O: Outcome>(&self, method: usize, call: impl FnOnce() -> Caught<'a, O::Return>) -> O::Return
    where
        O::Return: Send + 'a,
    {
        match self.first_poll::<O>(method, call).await {
            Begun::Answered(answer) => answer,
            Begun::Waits(waiting) => self.wait::<O>(self.options.deadline, method, waiting).await,
        }
    }

    /// Like [`call_async`](Self::call_async), with a deadline in place of the extension's; `None` for no limit.
    pub(crate) async fn call_async_within<'a, O: Outcome>(
        &self,
        limit: Option<Duration>,
        method: usize,
        call: impl FnOnce() -> Caught<'a, O::Return>,
    ) -> O::Return
    where
        O::Return: Send + 'a,
    {
        match self.first_poll::<O>(method, call).await {
            Begun::Answered(answer) => answer,
            Begun::Waits(waiting) => self.wait::<O>(limit, method, waiting).await,
        }
    }

    /// Apart from the waiting, and ready at its first poll: a future that may wait writes down what it has to keep.
    #[inline]
    fn first_poll<'s, 'a, O: Outcome>(
        &'s self,
        method: usize,
        call: impl FnOnce() -> Caught<'a, O::Return>,
    ) -> impl Future<Output = Begun<'s, 'a, O::Return>> {
        let mut call = Some(call);
        std::future::poll_fn(move |context| match call.take() {
            Some(call) => Poll::Ready(self.begin::<O>(method, call, context)),
            None => Poll::Pending,
        })
    }

    /// Makes the future of a call and polls it once, which is all that most calls take.
    #[inline]
    fn begin<'a, O: Outcome>(
        &self,
        method: usize,
        call: impl FnOnce() -> Caught<'a, O::Return>,
        context: &mut Context<'_>,
    ) -> Begun<'_, 'a, O::Return> {
        let permit = match self.admit() {
            Ok(permit) => permit,
            Err(refusal) => return Begun::Answered(self.refuse::<O>(method, refusal)),
        };
        let since = self.is_sampled(Seat::take()).then(Instant::now);
        let begun = Moment::now();
        let in_call = mark::enter(self.mark.of(method));
        let mut call = call();
        let polled = Pin::new(&mut call).poll(context);
        drop(in_call);
        match polled {
            Poll::Ready(answer) => {
                let elapsed = || since.map_or_else(|| begun.elapsed(), |since| since.elapsed());
                if since.is_some() {
                    self.latency.record(elapsed());
                }
                Begun::Answered(self.settle::<O>(method, answer, elapsed, permit.as_ref()))
            }
            Poll::Pending => {
                let since = since.unwrap_or_else(Instant::now);
                Begun::Waits(Waiting { call, word: self.mark.of(method), permit, begun, since })
            }
        }
    }

    /// Waits for the answer of a call, but not longer than the deadline.
    async fn wait<O: Outcome>(
        &self,
        limit: Option<Duration>,
        method: usize,
        mut waiting: Waiting<'_, '_, O::Return>,
    ) -> O::Return {
        let mut timer = limit.map(|limit| self.options.timer.sleep(limit));
        // The call itself was polled just now.
        let mut is_first = true;
        let answer = std::future::poll_fn(|context| {
            if !std::mem::take(&mut is_first)
                && let Poll::Ready(answer) = waiting.poll(context)
            {
                return Poll::Ready(Some(answer));
            }
            match &mut timer {
                Some(timer) => timer.as_mut().poll(context).map(|()| None),
                None => Poll::Pending,
            }
        })
        .await;
        let elapsed = waiting.since.elapsed().max(waiting.begun.elapsed());
        self.latency.record(elapsed);
        let permit = waiting.permit.as_ref();
        match answer {
            Some(answer) => self.settle::<O>(method, answer, || elapsed, permit),
            None => {
                self.deadlines.fetch_add(1, Ordering::Relaxed);
                self.judge(Verdict::Bad, permit);
                let limit = limit.unwrap_or_default();
                self.replace::<O>(method, CallErrorKind::DeadlineExceeded { limit }, elapsed)
            }
        }
    }

    #[inline]
    fn settle<O: Outcome>(
        &self,
        method: usize,
        answer: Result<O::Return, Panicked>,
        elapsed: impl FnOnce() -> Duration,
        permit: Option<&Permit<'_>>,
    ) -> O::Return {
        match answer {
            Ok(answer) => match O::failure(&answer) {
                None => {
                    // Without a permit, the breaker had nothing to count when the call began.
                    if permit.is_some() {
                        self.judge(Verdict::Good, permit);
                    }
                    answer
                }
                Some(message) => self.failed::<O>(method, answer, message, elapsed(), permit),
            },
            Err(panic) => self.panicked::<O>(method, &panic, elapsed(), permit),
        }
    }

    /// Asks what may stand against a call. Where nothing does, there is nothing to give back either.
    #[inline]
    fn admit(&self) -> Result<Option<Permit<'_>>, CallErrorKind> {
        match self.gate.load(Ordering::Acquire) {
            FREE => Ok(None),
            gate => self.ask(gate).map(Some),
        }
    }

    /// Asks everything that the gate names.
    fn ask(&self, gate: u32) -> Result<Permit<'_>, CallErrorKind> {
        if gate & OFF != 0 {
            return Err(CallErrorKind::Unavailable);
        }
        let mut permit = Permit { slot: self, probe: None, is_counted: false };
        if gate & BREAKER != 0 {
            let admission = self.circuit().admit(clock::now());
            match admission {
                Admission::Pass => {}
                Admission::Probe(probe) => permit.probe = Some(probe),
                Admission::Refused { retry_in } => return Err(CallErrorKind::BreakerOpen { retry_in }),
            }
        }
        if gate & LIMITED != 0 {
            self.options.traffic.enter().map_err(|congestion| match congestion {
                Congestion::Full { limit } => CallErrorKind::TooManyCalls { limit },
                Congestion::TooFast { limit, retry_in } => CallErrorKind::RateExceeded { limit, retry_in },
            })?;
            permit.is_counted = true;
        }
        Ok(permit)
    }

    #[cold]
    fn failed<O: Outcome>(
        &self,
        method: usize,
        answer: O::Return,
        message: String,
        elapsed: Duration,
        permit: Option<&Permit<'_>>,
    ) -> O::Return {
        self.errors.fetch_add(1, Ordering::Relaxed);
        self.judge(if self.point.break_on == BreakOn::Errors { Verdict::Bad } else { Verdict::Good }, permit);
        if !O::SKIPS_FAILURES {
            return answer;
        }
        // Dropping it may run the plugin's code.
        let _ = super::catch(AssertUnwindSafe(|| drop(answer)));
        self.replace::<O>(method, CallErrorKind::Failed(message), elapsed)
    }

    #[cold]
    fn panicked<O: Outcome>(&self, method: usize, panic: &Panicked, elapsed: Duration, permit: Option<&Permit<'_>>) -> O::Return {
        self.panics.fetch_add(1, Ordering::Relaxed);
        self.judge(Verdict::Bad, permit);
        if self.point.after_panic != AfterPanic::Continue && self.gate.fetch_or(OFF, Ordering::AcqRel) & OFF == 0 {
            let _ = super::catch(AssertUnwindSafe(|| self.options.observer.poisoned(self)));
        }
        self.replace::<O>(method, CallErrorKind::Panicked(panic.message().to_owned()), elapsed)
    }

    #[cold]
    fn refuse<O: Outcome>(&self, method: usize, refusal: CallErrorKind) -> O::Return {
        let count = if refusal == CallErrorKind::Unavailable { &self.refused } else { &self.shed };
        count.fetch_add(1, Ordering::Relaxed);
        self.replace::<O>(method, refusal, Duration::ZERO)
    }

    /// Tells the breaker how a call ended.
    fn judge(&self, verdict: Verdict, permit: Option<&Permit<'_>>) {
        // A call without a permit began when the breaker had nothing to count: only a failure is news.
        let is_news = verdict == Verdict::Bad || permit.is_some();
        if !is_news || self.options.breaker.is_none() || self.point.break_on == BreakOn::Nothing {
            return;
        }
        let probe = permit.and_then(|permit| permit.probe);
        self.tell_circuit(|circuit| match verdict {
            Verdict::Good => circuit.succeeded(probe),
            Verdict::Bad => circuit.failed(clock::now(), probe),
        });
    }

    /// Changes the breaker, brings the gate in line, and tells the observer.
    fn tell_circuit(&self, change: impl FnOnce(&mut Circuit) -> Moved) {
        let moved = {
            let mut circuit = self.circuit();
            let moved = change(&mut circuit);
            // Under the lock, so that the bit is that of the newest state.
            self.set(BREAKER, !circuit.is_quiet());
            moved
        };
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
    pub(crate) fn hangs(&self) {
        if self.options.breaker.is_some() {
            self.tell_circuit(|circuit| circuit.hangs(clock::now()));
        }
    }

    /// A call that hung came back.
    #[cfg(feature = "host")]
    pub(crate) fn returned(&self) {
        if self.options.breaker.is_some() {
            self.tell_circuit(|circuit| {
                circuit.returned();
                Moved::No
            });
        }
    }

    fn circuit(&self) -> MutexGuard<'_, Circuit> {
        self.circuit.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, bit: u32, on: bool) {
        if on {
            self.gate.fetch_or(bit, Ordering::AcqRel);
        } else {
            self.gate.fetch_and(!bit, Ordering::AcqRel);
        }
    }

    fn replace<O: Outcome>(&self, method: usize, kind: CallErrorKind, elapsed: Duration) -> O::Return {
        let error = CallError::new(Failed {
            plugin: self.descriptor.id,
            version: self.descriptor.version,
            point: self.point.id,
            method: self.method_name(method),
            elapsed,
            limit: self.options.deadline,
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
