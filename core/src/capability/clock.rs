//! The time, from a source that tests can set.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// Tells the time; the host provides it.
#[keyway::boundary]
pub trait ClockSource: Send + Sync {
    /// The time of day, which somebody may set forward or back.
    fn now(&self) -> SystemTime;
    /// The time since some moment before the plugin was made; it never goes back.
    fn elapsed(&self) -> Duration;
}

/// Tells the time. No permission is needed for it: any code can ask the standard library for the time, and knows little by it. What
/// is taken from here instead can be set by a test.
///
/// ```
/// # use std::time::Duration;
/// # fn example(clock: &keyway::capability::Clock) {
/// let begun = clock.elapsed();
/// let is_slow = clock.elapsed() - begun > Duration::from_secs(1);
/// # }
/// ```
#[derive(Clone)]
pub struct Clock(Arc<dyn ClockSource>);

impl Clock {
    pub(crate) fn new(source: Arc<dyn ClockSource>) -> Self {
        Self(source)
    }

    /// The time of day, to show or to store. Somebody may set it forward or back: do not measure with it.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        self.0.now()
    }

    /// The time since some moment before the plugin was made, to measure with: it never goes back.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    /// The time of day as milliseconds since the beginning of 1970 (UTC); 0 for a clock that is set to a time before it.
    #[must_use]
    pub fn unix_millis(&self) -> u64 {
        let since = self.now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Clock")
    }
}
