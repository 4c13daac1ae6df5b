//! A clock that a test sets.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use crate::capability::ClockSource;

/// A clock for [`TestHost::clock`](super::TestHost::clock) that begins at a time of the test's choice. Its copies are the same clock.
///
/// It goes on with the clock of tokio: in a test with `#[tokio::test(start_paused = true)]` it moves only when the test sleeps or says so.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use keyway::testing::TestClock;
///
/// let noon = SystemTime::UNIX_EPOCH + Duration::from_secs(12 * 3600);
/// let clock = TestClock::at(noon);
/// clock.set(noon - Duration::from_secs(3600)); // somebody sets it back
/// ```
#[derive(Debug, Clone)]
pub struct TestClock(Arc<Mutex<Times>>);

#[derive(Debug)]
struct Times {
    begun: Instant,
    /// What was skipped by `advance`.
    skipped: Duration,
    /// The time of day when `elapsed` was `at`.
    day: SystemTime,
    at: Duration,
}

impl Times {
    fn elapsed(&self) -> Duration {
        self.begun.elapsed() + self.skipped
    }
}

impl TestClock {
    /// A clock that shows this time of day.
    #[must_use]
    pub fn at(time: SystemTime) -> Self {
        Self(Arc::new(Mutex::new(Times { begun: Instant::now(), skipped: Duration::ZERO, day: time, at: Duration::ZERO })))
    }

    /// Sets the time of day, forward or back, as an operator does. What measures time does not see it.
    pub fn set(&self, time: SystemTime) {
        let mut times = self.times();
        times.day = time;
        times.at = times.elapsed();
    }

    /// Lets time go by, for the time of day and for what measures. Sleeping tasks are not woken: see `tokio::time::advance`.
    pub fn advance(&self, time: Duration) {
        self.times().skipped += time;
    }

    fn times(&self) -> MutexGuard<'_, Times> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ClockSource for TestClock {
    fn now(&self) -> SystemTime {
        let times = self.times();
        times.day + (times.elapsed() - times.at)
    }

    fn elapsed(&self) -> Duration {
        self.times().elapsed()
    }
}
