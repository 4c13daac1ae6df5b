//! One limit for several calls: the time that asking all extensions of a point may take together.

use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use super::Timer;
use crate::plugin::BoxFuture;

/// The time that several calls, made one after the other, may take together.
///
/// Each call still has its own deadline. Time runs from the first answer that is waited for, so calls that answer at once read no
/// clock and arm no timer. A synchronous call cannot be ended; what it used up is noticed at the next call that waits.
pub struct Aggregate {
    limit: Duration,
    timer: Arc<dyn Timer>,
    armed: Option<(Instant, BoxFuture<'static, ()>)>,
    is_over: bool,
}

/// The time of an [`Aggregate`] was used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeIsUp {
    /// What there was.
    pub limit: Duration,
    /// The time from the first wait to the end.
    pub elapsed: Duration,
}

impl Aggregate {
    /// The time for one event or hook, where nobody says otherwise.
    pub const DEFAULT_LIMIT: Duration = Duration::from_secs(5);

    /// Gives all calls together `limit`.
    #[must_use]
    pub fn new(limit: Duration, timer: Arc<dyn Timer>) -> Self {
        Self { limit, timer, armed: None, is_over: false }
    }

    /// Awaits one of the calls.
    ///
    /// # Errors
    /// When the time is up: the call is dropped, or, if a former one used it up, never polled.
    pub async fn ask<F: Future>(&mut self, call: F) -> Result<F::Output, TimeIsUp> {
        if self.is_over {
            return Err(self.time_is_up());
        }
        let mut call = pin!(call);
        let Self { limit, timer, armed, .. } = &mut *self;
        let answer = std::future::poll_fn(|context| {
            if let Poll::Ready(answer) = call.as_mut().poll(context) {
                return Poll::Ready(Some(answer));
            }
            let (_, sleep) = armed.get_or_insert_with(|| (Instant::now(), timer.sleep(*limit)));
            Pin::new(sleep).poll(context).map(|()| None)
        });
        match answer.await {
            Some(answer) => Ok(answer),
            None => {
                self.is_over = true;
                Err(self.time_is_up())
            }
        }
    }

    fn time_is_up(&self) -> TimeIsUp {
        let elapsed = self.armed.as_ref().map_or(Duration::ZERO, |(since, _)| since.elapsed());
        TimeIsUp { limit: self.limit, elapsed }
    }
}

impl fmt::Debug for Aggregate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Aggregate").field("limit", &self.limit).field("is_over", &self.is_over).finish_non_exhaustive()
    }
}

impl fmt::Display for TimeIsUp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (limit, elapsed) = (self.limit.as_millis(), self.elapsed.as_millis());
        write!(formatter, "the extensions did not answer within {limit} ms together (waited {elapsed} ms)")
    }
}

impl std::error::Error for TimeIsUp {}
