//! Catching panics on the plugin's side of a call: when it is made, in each poll of its future, and in its drop.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, UnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::plugin::BoxFuture;

/// A panic that was caught, reduced to its message before it leaves the plugin's image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Panicked {
    message: String,
}

impl Panicked {
    /// Makes the record of a panic from its payload, which is dropped only where that cannot panic again.
    #[must_use]
    pub fn from_payload(payload: Box<dyn Any + Send>) -> Self {
        let message = match payload.downcast::<String>() {
            Ok(text) => *text,
            Err(payload) => match payload.downcast::<&'static str>() {
                Ok(text) => (*text).to_owned(),
                Err(payload) => {
                    // The payload is of a type we do not know; its destructor may panic, so it is given up.
                    Box::leak(payload);
                    "a value that is no text".to_owned()
                }
            },
        };
        Self { message }
    }

    /// The text that the panic carried.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Panicked {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "it panicked: {}", self.message)
    }
}

/// Runs `work` and catches its panic.
///
/// # Errors
/// The panic.
#[inline]
pub fn catch<R>(work: impl FnOnce() -> R + UnwindSafe) -> Result<R, Panicked> {
    catch_unwind(work).map_err(Panicked::from_payload)
}

/// Wraps a future so that a panic in any poll, or while it is dropped, becomes an error.
#[must_use]
pub fn caught<T>(future: BoxFuture<'_, T>) -> Caught<'_, T> {
    Caught(State::Running(future))
}

/// A future whose panics are caught; made by [`caught`] and by the shields that `#[extension_point]` generates.
pub struct Caught<'a, T>(State<'a, T>);

enum State<'a, T> {
    Running(BoxFuture<'a, T>),
    Panicked(Panicked),
    Done,
}

impl<'a, T> Caught<'a, T> {
    /// Makes the future inside the shield, so that a panic while it is made is caught too.
    #[inline]
    pub fn make(make: impl FnOnce() -> BoxFuture<'a, T>) -> Self {
        match catch(AssertUnwindSafe(make)) {
            Ok(future) => Self(State::Running(future)),
            Err(panic) => Self(State::Panicked(panic)),
        }
    }
}

impl<T> Future for Caught<'_, T> {
    type Output = Result<T, Panicked>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            State::Running(_) => {
                let mut answer = None;
                // A future that is ready may still panic in its drop, which is told as a failure.
                let polled = catch(AssertUnwindSafe(|| {
                    if let State::Running(future) = &mut self.0
                        && let Poll::Ready(value) = future.as_mut().poll(context)
                    {
                        answer = Some(value);
                        self.0 = State::Done;
                    }
                }));
                match (polled, answer) {
                    (Ok(()), Some(value)) => Poll::Ready(Ok(value)),
                    (Ok(()), None) => Poll::Pending,
                    (Err(panic), _) => {
                        // The first panic is the one to tell.
                        let _ = self.dispose();
                        Poll::Ready(Err(panic))
                    }
                }
            }
            State::Panicked(_) => match std::mem::replace(&mut self.0, State::Done) {
                State::Panicked(panic) => Poll::Ready(Err(panic)),
                State::Running(_) | State::Done => Poll::Pending,
            },
            // Polling on after the answer is the caller's mistake; never being ready again is allowed and safe.
            State::Done => Poll::Pending,
        }
    }
}

impl<T> Caught<'_, T> {
    /// Drops the future if it is not done. Nobody waits for the answer any more: the caller was cancelled or its deadline passed, and
    /// that is what is told.
    #[inline]
    pub(super) fn give_up(&mut self) {
        if matches!(self.0, State::Running(_)) {
            let _ = self.dispose();
        }
    }

    fn dispose(&mut self) -> Result<(), Panicked> {
        let state = std::mem::replace(&mut self.0, State::Done);
        catch(AssertUnwindSafe(|| drop(state)))
    }
}

impl<T> Drop for Caught<'_, T> {
    fn drop(&mut self) {
        self.give_up();
    }
}

impl<T> fmt::Debug for Caught<'_, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Caught")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::Waker;

    fn poll_once<T>(mut future: Caught<'_, T>) -> Poll<Result<T, Panicked>> {
        Pin::new(&mut future).poll(&mut Context::from_waker(Waker::noop()))
    }

    struct PanicsOnDrop;
    impl Drop for PanicsOnDrop {
        fn drop(&mut self) {
            panic!("in drop");
        }
    }

    #[test]
    fn a_panic_in_a_poll_is_an_error() {
        fn boom(number: u8) {
            panic!("boom {number}");
        }
        let answer = poll_once(caught(Box::pin(async { boom(1) })));
        assert_eq!(answer, Poll::Ready(Err(Panicked { message: "boom 1".into() })));
    }

    #[test]
    fn a_panic_while_the_future_is_made_is_an_error() {
        let answer = poll_once(Caught::<()>::make(|| panic!("early")));
        assert_eq!(answer, Poll::Ready(Err(Panicked { message: "early".into() })));
    }

    #[test]
    fn a_panic_in_the_drop_of_a_pending_future_is_swallowed() {
        let future = caught(Box::pin(async {
            let _bomb = PanicsOnDrop;
            std::future::pending::<()>().await;
        }) as BoxFuture<'_, ()>);
        assert!(poll_once(future).is_pending());
    }

    #[test]
    fn a_payload_whose_drop_panics_does_no_harm() {
        let answer = catch(|| std::panic::panic_any(PanicsOnDrop));
        assert_eq!(answer, Err(Panicked { message: "a value that is no text".into() }));
    }
}
