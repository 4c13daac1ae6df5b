//! Asynchronous calls of an extension: one poll is all that most take; those that wait get a deadline.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
#[cfg(feature = "host")]
use std::time::Duration;
use std::time::Instant;

use super::{Slot, Which};
use crate::guard::clock::Moment;
use crate::guard::gate::{Permit, Verdict};
use crate::guard::seat::Seat;
use crate::guard::{CallErrorKind, Caught, Outcome, Panicked, mark};

/// An asynchronous call after its first poll.
enum Begun<'s, 'a, R> {
    Answered(R),
    /// The host lends the extension, and its own slot does all that there is to do.
    IsLent(Caught<'a, R>),
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

impl Slot {
    /// Makes one asynchronous call under the extension's deadline; generated guards call it.
    ///
    /// The timer is armed only when the first poll is pending, so a plugin that answers at once pays for no timer.
    pub async fn call_async<'a, O: Outcome>(&self, method: usize, call: impl FnOnce() -> Caught<'a, O::Return>) -> O::Return
    where
        O::Return: Send + 'a,
    {
        if self.gate.is_held() {
            self.held().await;
        }
        let which = Which { method, limit: self.options.deadline };
        match self.first_poll::<O>(which, call).await {
            Begun::Answered(answer) => answer,
            Begun::Waits(waiting) => self.wait::<O>(which, waiting).await,
            Begun::IsLent(call) => self.hand_on::<O>(which, call.await),
        }
    }

    /// Like [`call_async`](Self::call_async), with a deadline in place of the extension's; `None` for no limit.
    #[cfg(feature = "host")]
    pub(crate) async fn call_async_within<'a, O: Outcome>(
        &self,
        limit: Option<Duration>,
        method: usize,
        call: impl FnOnce() -> Caught<'a, O::Return>,
    ) -> O::Return
    where
        O::Return: Send + 'a,
    {
        if self.gate.is_held() {
            self.held().await;
        }
        let which = Which { method, limit };
        match self.first_poll::<O>(which, call).await {
            Begun::Answered(answer) => answer,
            Begun::Waits(waiting) => self.wait::<O>(which, waiting).await,
            Begun::IsLent(call) => self.hand_on::<O>(which, call.await),
        }
    }

    /// Apart from the waiting, and ready at its first poll: a future that may wait writes down what it has to keep.
    #[inline]
    fn first_poll<'s, 'a, O: Outcome>(
        &'s self,
        which: Which,
        call: impl FnOnce() -> Caught<'a, O::Return>,
    ) -> impl Future<Output = Begun<'s, 'a, O::Return>> {
        let mut call = Some(call);
        std::future::poll_fn(move |context| match call.take() {
            Some(call) => Poll::Ready(self.begin::<O>(which, call, context)),
            None => Poll::Pending,
        })
    }

    /// Makes the future of a call and polls it once, which is all that most calls take.
    #[inline]
    fn begin<'a, O: Outcome>(
        &self,
        which: Which,
        call: impl FnOnce() -> Caught<'a, O::Return>,
        context: &mut Context<'_>,
    ) -> Begun<'_, 'a, O::Return> {
        if self.gate.is_lent() {
            return Begun::IsLent(call());
        }
        let permit = match self.gate.admit(|| self.point().counts(which.method)) {
            Ok(permit) => permit,
            Err(refusal) => return Begun::Answered(self.refuse::<O>(which, refusal)),
        };
        let since = self.is_sampled(Seat::take()).then(Instant::now);
        let begun = Moment::now();
        let in_call = mark::enter(self.mark.of(which.method));
        let mut call = call();
        let polled = Pin::new(&mut call).poll(context);
        drop(in_call);
        match polled {
            Poll::Ready(answer) => {
                let elapsed = || since.map_or_else(|| begun.elapsed(), |since| since.elapsed());
                if since.is_some() {
                    self.latency.record(elapsed());
                }
                Begun::Answered(self.settle::<O>(which, answer, elapsed, permit.as_ref()))
            }
            Poll::Pending => {
                let since = since.unwrap_or_else(Instant::now);
                Begun::Waits(Waiting { call, word: self.mark.of(which.method), permit, begun, since })
            }
        }
    }

    /// Waits for the answer of a call, but not longer than the deadline.
    async fn wait<O: Outcome>(&self, which: Which, mut waiting: Waiting<'_, '_, O::Return>) -> O::Return {
        let mut timer = which.limit.map(|limit| self.options.timer.sleep(limit));
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
            Some(answer) => self.settle::<O>(which, answer, || elapsed, permit),
            None => {
                self.deadlines.fetch_add(1, Ordering::Relaxed);
                self.judge(which, Verdict::Bad, permit);
                self.replace::<O>(which, CallErrorKind::DeadlineExceeded { limit: which.limit.unwrap_or_default() }, elapsed)
            }
        }
    }
}
