//! Asynchronous calls of an extension: one poll is all that most take; those that wait get a deadline.
//!
//! [`Call`] is written by hand, and not as an `async fn`, so that a call which is answered at its first poll touches nothing but its
//! [`State::New`]; `benches/benches/async_call.rs` measures it.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
#[cfg(feature = "host")]
use std::time::Duration;
use std::time::Instant;

use super::{Slot, Unusual, Which};
use crate::guard::clock::Moment;
use crate::guard::gate::{Permit, Verdict};
use crate::guard::seat::Seat;
use crate::guard::{CallErrorKind, Caught, Outcome, Panicked, mark};
use crate::plugin::BoxFuture;

impl Slot {
    /// Makes one asynchronous call under the extension's deadline; generated guards call it.
    ///
    /// The timer is armed only when the first poll is pending, so a plugin that answers at once pays for no timer.
    #[inline]
    pub fn call_async<'a, O: Outcome>(
        &self,
        method: usize,
        call: impl FnOnce() -> Caught<'a, O::Return>,
    ) -> impl Future<Output = O::Return>
    where
        O::Return: Send + 'a,
    {
        Call::<O, _>::new(self, Which { method, limit: self.options.deadline }, call)
    }

    /// Like [`call_async`](Self::call_async), with a deadline in place of the extension's; `None` for no limit.
    #[cfg(feature = "host")]
    pub(crate) fn call_async_within<'a, O: Outcome>(
        &self,
        limit: Option<Duration>,
        method: usize,
        call: impl FnOnce() -> Caught<'a, O::Return>,
    ) -> impl Future<Output = O::Return>
    where
        O::Return: Send + 'a,
    {
        Call::<O, _>::new(self, Which { method, limit }, call)
    }
}

/// One asynchronous call of an extension.
struct Call<'s, 'a, O: Outcome, C> {
    slot: &'s Slot,
    which: Which,
    state: State<'s, 'a, O::Return, C>,
    outcome: PhantomData<fn() -> O>,
}

enum State<'s, 'a, R, C> {
    /// It was not polled yet; `None` once it has begun, and when it has been answered.
    New(Option<C>),
    /// Calls wait while the plugin's state is handed over.
    IsHeld { over: BoxFuture<'static, ()>, call: Option<Unusual<C>> },
    /// The host lends the extension, and its own slot does all that there is to do.
    IsLent(Caught<'a, R>),
    /// It was not answered at once.
    Waits { waiting: Waiting<'s, 'a, R>, timer: Option<BoxFuture<'static, ()>> },
}

/// An asynchronous call that was not answered at its first poll.
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

/// Nothing in it is pinned where it stands: the plugin's future is in a box.
impl<O: Outcome, C> Unpin for Call<'_, '_, O, C> {}

impl<'a, O: Outcome, C: FnOnce() -> Caught<'a, O::Return>> Future for Call<'_, 'a, O, C> {
    type Output = O::Return;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<O::Return> {
        let this = self.get_mut();
        match &mut this.state {
            State::New(call) => match call.take() {
                Some(call) => this.begin(call, context),
                // Polling on after the answer is the caller's mistake; never being ready again is allowed and safe.
                None => Poll::Pending,
            },
            State::IsHeld { .. } | State::IsLent(_) | State::Waits { .. } => this.go_on(context),
        }
    }
}

impl<'s, 'a, O: Outcome, C: FnOnce() -> Caught<'a, O::Return>> Call<'s, 'a, O, C> {
    #[inline]
    fn new(slot: &'s Slot, which: Which, call: C) -> Self {
        Self { slot, which, state: State::New(Some(call)), outcome: PhantomData }
    }

    /// Makes the future of the call and polls it once, which is all that most calls take.
    #[inline]
    fn begin(&mut self, call: C, context: &mut Context<'_>) -> Poll<O::Return> {
        let (slot, method) = (self.slot, self.which.method);
        let seat = Seat::mine();
        // As for a synchronous call: see `Slot::call`.
        let is_plain = slot.gate.is_free() && seat.is_idle();
        if !is_plain || slot.is_sampled(seat) {
            return self.begin_watched(Unusual { call, method, is_sampled: is_plain }, context);
        }
        let begun = Moment::now();
        seat.begin(slot.mark.of(method));
        let mut call = call();
        let mut answer = None;
        let polled = call.poll_into(context, &mut answer);
        seat.end();
        match answer {
            Some(answer) => Poll::Ready(match O::failure(&answer) {
                None => answer,
                Some(message) => slot.failed::<O>(self.which, answer, message, begun.elapsed(), None),
            }),
            None => match polled {
                Ok(()) => self.wait(Begun { call, permit: None, begun, since: None }, context),
                Err(panic) => Poll::Ready(slot.panicked::<O>(self.which, &panic, begun.elapsed(), None)),
            },
        }
    }

    /// The same for a call that is timed, that is made inside of another one, or that something stands against.
    #[cold]
    #[inline(never)]
    fn begin_watched(&mut self, unusual: Unusual<C>, context: &mut Context<'_>) -> Poll<O::Return> {
        let slot = self.slot;
        if slot.gate.is_lent() {
            self.state = State::IsLent((unusual.call)());
            return self.go_on(context);
        }
        if slot.gate.is_held()
            && let Some(over) = slot.over()
        {
            self.state = State::IsHeld { over, call: Some(unusual) };
            return self.go_on(context);
        }
        self.begin_admitted(unusual, context)
    }

    /// The same for a call that does not wait for a handover, or no longer.
    fn begin_admitted(&mut self, unusual: Unusual<C>, context: &mut Context<'_>) -> Poll<O::Return> {
        let Unusual { call, method, is_sampled } = unusual;
        let slot = self.slot;
        let permit = match slot.gate.admit(|| slot.point.counts(method)) {
            Ok(permit) => permit,
            Err(refusal) => return Poll::Ready(slot.refuse::<O>(self.which, refusal)),
        };
        let is_sampled = is_sampled || slot.is_sampled(Seat::take());
        let (begun, since) = (Moment::now(), is_sampled.then(Instant::now));
        let in_call = mark::enter(slot.mark.of(method));
        let mut call = call();
        let polled = Pin::new(&mut call).poll(context);
        drop(in_call);
        match polled {
            Poll::Ready(answer) => {
                let elapsed = || since.map_or_else(|| begun.elapsed(), |since| since.elapsed());
                if since.is_some() {
                    slot.latency.record(elapsed());
                }
                Poll::Ready(slot.settle::<O>(self.which, answer, elapsed, permit.as_ref()))
            }
            Poll::Pending => self.wait(Begun { call, permit, begun, since }, context),
        }
    }

    /// Arms the timer of a call that was polled for the first time and is not answered.
    #[cold]
    fn wait(&mut self, begun: Begun<'s, 'a, O::Return>, context: &mut Context<'_>) -> Poll<O::Return> {
        let Begun { call, permit, begun, since } = begun;
        let since = since.unwrap_or_else(Instant::now);
        let waiting = Waiting { call, word: self.slot.mark.of(self.which.method), permit, begun, since };
        let timer = self.which.limit.map(|limit| self.slot.options.timer.sleep(limit));
        self.state = State::Waits { waiting, timer };
        self.look_at_the_clock(context)
    }

    /// Polls what was not answered at the first poll.
    #[cold]
    fn go_on(&mut self, context: &mut Context<'_>) -> Poll<O::Return> {
        match &mut self.state {
            State::New(_) => Poll::Pending,
            State::IsHeld { over, call } => {
                std::task::ready!(over.as_mut().poll(context));
                let call = call.take();
                self.state = State::New(None);
                call.map_or(Poll::Pending, |call| self.begin_admitted(call, context))
            }
            State::IsLent(call) => {
                let answer = std::task::ready!(Pin::new(call).poll(context));
                self.state = State::New(None);
                Poll::Ready(self.slot.hand_on::<O>(self.which, answer))
            }
            State::Waits { waiting, .. } => match waiting.poll(context) {
                Poll::Ready(answer) => self.end(Some(answer)),
                Poll::Pending => self.look_at_the_clock(context),
            },
        }
    }

    /// Ends a call that waits when its time is up.
    fn look_at_the_clock(&mut self, context: &mut Context<'_>) -> Poll<O::Return> {
        if let State::Waits { timer: Some(timer), .. } = &mut self.state
            && timer.as_mut().poll(context).is_ready()
        {
            return self.end(None);
        }
        Poll::Pending
    }

    /// Tells what became of a call that waits; without an answer its time is up. The future of such a call is dropped after that.
    fn end(&mut self, answer: Option<Result<O::Return, Panicked>>) -> Poll<O::Return> {
        let State::Waits { waiting, .. } = std::mem::replace(&mut self.state, State::New(None)) else { return Poll::Pending };
        let (slot, which) = (self.slot, self.which);
        let elapsed = waiting.since.elapsed().max(waiting.begun.elapsed());
        slot.latency.record(elapsed);
        let permit = waiting.permit.as_ref();
        Poll::Ready(match answer {
            Some(answer) => slot.settle::<O>(which, answer, || elapsed, permit),
            None => {
                slot.deadlines.fetch_add(1, Ordering::Relaxed);
                slot.judge(which, Verdict::Bad, permit);
                slot.replace::<O>(which, CallErrorKind::DeadlineExceeded { limit: which.limit.unwrap_or_default() }, elapsed)
            }
        })
    }
}

/// A call after its first poll, which did not answer it.
struct Begun<'s, 'a, R> {
    call: Caught<'a, R>,
    permit: Option<Permit<'s>>,
    begun: Moment,
    since: Option<Instant>,
}
