//! Catching panics on the plugin's side of a call: when it is made, in each poll of its future, and in its drop.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, UnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::plugin::BoxFuture;

/// A panic that was caught, reduced to its message before it leaves the plugin's image.
#[derive(Debug, Clone, PartialEq, Eq, keyway::Boundary)]
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

/// A future that catches its own panics: in each poll, and when it is given up.
///
/// Both methods are reached through a vtable, so they are compiled where the future is made: in the plugin's image. For a library that
/// is the only place where its panics can be caught.
#[keyway::boundary]
trait Catching<T>: Send {
    /// Polls the future until it has answered, which it does into `answer`; pending for ever after that. Nothing is answered along with a
    /// panic.
    fn poll_caught(self: Pin<&mut Self>, context: &mut Context<'_>, answer: &mut Option<T>) -> Result<(), Panicked>;

    /// Drops the future if it has not answered. What its destructor says is lost: nobody waits for it any more.
    fn give_up(self: Pin<&mut Self>);
}

/// `None` when it has answered or was given up.
impl<F: Future + Send> Catching<F::Output> for Option<F> {
    fn poll_caught(mut self: Pin<&mut Self>, context: &mut Context<'_>, answer: &mut Option<F::Output>) -> Result<(), Panicked> {
        // A future that is ready may still panic in its drop, which is told as a failure.
        let polled = catch(AssertUnwindSafe(|| {
            if let Some(future) = self.as_mut().as_pin_mut()
                && let Poll::Ready(value) = future.poll(context)
            {
                *answer = Some(value);
                self.set(None);
            }
        }));
        if polled.is_err() {
            // The first panic is the one to tell.
            let _ = catch(AssertUnwindSafe(|| drop(answer.take())));
            self.give_up();
        }
        polled
    }

    fn give_up(mut self: Pin<&mut Self>) {
        if self.is_some() {
            let _ = catch(AssertUnwindSafe(|| self.set(None)));
        }
    }
}

/// A future whose panics are caught, in a box; made by the shields that `#[extension_point]` generates.
#[derive(keyway::Boundary)]
pub struct Caught<'a, T>(State<'a, T>);

#[derive(keyway::Boundary)]
enum State<'a, T> {
    Running(Pin<Box<dyn Catching<T> + 'a>>),
    Panicked(Panicked),
    Done,
}

impl<'a, T> Caught<'a, T> {
    /// Makes the future inside the shield, so that a panic while it is made is caught too.
    #[inline]
    pub fn make<F: Future<Output = T> + Send + 'a>(make: impl FnOnce() -> F) -> Self {
        match catch(AssertUnwindSafe(|| -> Pin<Box<dyn Catching<T> + 'a>> { Box::pin(Some(make())) })) {
            Ok(future) => Self(State::Running(future)),
            Err(panic) => Self(State::Panicked(panic)),
        }
    }

    /// Polls the future, which answers into `answer`. Nothing is answered along with a panic, nor after one.
    #[inline]
    pub(super) fn poll_into(&mut self, context: &mut Context<'_>, answer: &mut Option<T>) -> Result<(), Panicked> {
        match &mut self.0 {
            State::Running(future) => {
                let polled = future.as_mut().poll_caught(context, answer);
                if answer.is_some() || polled.is_err() {
                    self.0 = State::Done;
                }
                polled
            }
            State::Panicked(_) => match std::mem::replace(&mut self.0, State::Done) {
                State::Panicked(panic) => Err(panic),
                State::Running(_) | State::Done => Ok(()),
            },
            // Polling on after the answer is the caller's mistake; never being ready again is allowed and safe.
            State::Done => Ok(()),
        }
    }

    /// Drops the future if it is not done. Nobody waits for the answer any more: the caller was cancelled or its deadline passed, and
    /// that is what is told.
    #[inline]
    pub(super) fn give_up(&mut self) {
        if let State::Running(future) = &mut self.0 {
            future.as_mut().give_up();
            self.0 = State::Done;
        }
    }
}

impl<T> Future for Caught<'_, T> {
    type Output = Result<T, Panicked>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut answer = None;
        ended(self.poll_into(context, &mut answer), answer)
    }
}

/// What a future says that has answered, or panicked, or neither.
#[inline]
fn ended<T>(polled: Result<(), Panicked>, answer: Option<T>) -> Poll<Result<T, Panicked>> {
    match (polled, answer) {
        (Ok(()), Some(answer)) => Poll::Ready(Ok(answer)),
        (Ok(()), None) => Poll::Pending,
        (Err(panic), _) => Poll::Ready(Err(panic)),
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

/// Like [`Caught`], for a future that is in a box already and for code that knows no plugin's type. It does not leave the image that
/// made it: here it is this type that catches.
pub(crate) struct CaughtInside<'a, T>(Option<BoxFuture<'a, T>>);

impl<'a, T> CaughtInside<'a, T> {
    pub(crate) const fn new(future: BoxFuture<'a, T>) -> Self {
        Self(Some(future))
    }
}

impl<T> Future for CaughtInside<'_, T> {
    type Output = Result<T, Panicked>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut answer = None;
        ended(Pin::new(&mut self.0).poll_caught(context, &mut answer), answer)
    }
}

impl<T> Drop for CaughtInside<'_, T> {
    fn drop(&mut self) {
        Pin::new(&mut self.0).give_up();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::Waker;

    fn poll_once<F: Future + Unpin>(mut future: F) -> Poll<F::Output> {
        Pin::new(&mut future).poll(&mut Context::from_waker(Waker::noop()))
    }

    async fn holds_a_bomb() {
        let _bomb = PanicsOnDrop;
        std::future::pending::<()>().await;
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
        let answer = poll_once(Caught::make(|| async { boom(1) }));
        assert_eq!(answer, Poll::Ready(Err(Panicked { message: "boom 1".into() })));
    }

    #[test]
    fn a_panic_while_the_future_is_made_is_an_error() {
        fn early() -> std::future::Ready<()> {
            panic!("early");
        }
        let answer = poll_once(Caught::make(early));
        assert_eq!(answer, Poll::Ready(Err(Panicked { message: "early".into() })));
    }

    #[test]
    fn a_panic_in_the_drop_of_a_pending_future_is_swallowed() {
        assert!(poll_once(Caught::make(holds_a_bomb)).is_pending());
        let future = CaughtInside::new(Box::pin(holds_a_bomb()));
        assert!(poll_once(future).is_pending());
    }

    #[test]
    fn a_panic_in_the_drop_of_a_future_that_has_answered_is_an_error() {
        struct Answers(PanicsOnDrop);
        impl Future for Answers {
            type Output = PanicsOnDrop;
            fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<PanicsOnDrop> {
                Poll::Ready(PanicsOnDrop)
            }
        }
        // The answer's own destructor panics as well, and is no second failure.
        let answer = poll_once(Caught::make(|| Answers(PanicsOnDrop)));
        assert!(matches!(answer, Poll::Ready(Err(panic)) if panic.message() == "in drop"));
    }

    #[test]
    fn a_future_that_has_answered_is_pending_for_ever() {
        let mut future = Caught::make(|| std::future::ready(7));
        assert_eq!(poll_once(&mut future), Poll::Ready(Ok(7)));
        assert!(poll_once(&mut future).is_pending());
    }

    #[test]
    fn a_payload_whose_drop_panics_does_no_harm() {
        let answer = catch(|| std::panic::panic_any(PanicsOnDrop));
        assert_eq!(answer, Err(Panicked { message: "a value that is no text".into() }));
    }
}
