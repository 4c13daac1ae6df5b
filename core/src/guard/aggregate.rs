//! One limit for several calls: the time that asking all extensions of a point may take together.

use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use super::Timer;
use super::clock::Moment;
use crate::plugin::BoxFuture;

/// The time that several calls, made one after the other, may take together.
///
/// Each call still has its own deadline. Time is read from the coarse [clock](super::clock), and a timer is armed only when a call
/// makes its caller wait. A call that blocks its thread cannot be ended; when it used the time up, the next one is not begun.
pub struct Aggregate {
    begun: Moment,
    limit: Duration,
    timer: Arc<dyn Timer>,
    armed: Option<BoxFuture<'static, ()>>,
    is_over: bool,
}

/// The time of an [`Aggregate`] was used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeIsUp {
    /// What there was.
    pub limit: Duration,
    /// The time that had passed, in whole steps of the coarse clock.
    pub elapsed: Duration,
}

impl Aggregate {
    /// The time for one event or hook, where nobody says otherwise.
    pub const DEFAULT_LIMIT: Duration = Duration::from_secs(5);

    /// Gives all calls together `limit`, from now on.
    #[must_use]
    pub fn new(limit: Duration, timer: Arc<dyn Timer>) -> Self {
        Self { begun: timer.now(), limit, timer, armed: None, is_over: false }
    }

    /// The time that there is.
    #[must_use]
    pub const fn limit(&self) -> Duration {
        self.limit
    }

    /// Awaits one of the calls.
    ///
    /// # Errors
    /// When the time is up: the call is dropped, or, if a former one used it up, never polled.
    #[inline]
    pub async fn ask<F: Future>(&mut self, call: F) -> Result<F::Output, TimeIsUp> {
        if self.is_over || self.elapsed() >= self.limit {
            return Err(self.time_is_up());
        }
        let mut call = pin!(call);
        let Self { begun, limit, timer, armed, .. } = &mut *self;
        let answer = std::future::poll_fn(|context| {
            if let Poll::Ready(answer) = call.as_mut().poll(context) {
                return Poll::Ready(Some(answer));
            }
            let sleep = armed.get_or_insert_with(|| timer.sleep(limit.saturating_sub(begun.until(timer.now()))));
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
        // The timer is finer than the clock: when it ended, the limit has passed, whatever the clock says.
        TimeIsUp { limit: self.limit, elapsed: self.elapsed().max(self.limit) }
    }

    fn elapsed(&self) -> Duration {
        self.begun.until(self.timer.now())
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
