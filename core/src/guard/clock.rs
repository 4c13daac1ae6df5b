//! A clock that costs one load: a counter of steps that the host's runtime advances.
//!
//! Reading the real clock costs more than ten calls of an extension (23 ns against 1.7 ns on the machine the design was measured
//! on), so a guarded call reads this one. A host's clock task advances it; without one it stands still and elapsed times are 0. Each
//! image has a clock of its own, and in a library nobody moves it: what may run there reads the host's, by [`Timer::now`](super::Timer).

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The length of one step.
pub const STEP: Duration = Duration::from_millis(10);

static STEPS: AtomicU64 = AtomicU64::new(0);

/// A moment on the coarse clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(u64);

impl Moment {
    /// Reads the clock.
    #[inline]
    #[must_use]
    pub fn now() -> Self {
        Self(STEPS.load(Ordering::Relaxed))
    }

    /// The time since this moment, in whole steps.
    #[inline]
    #[must_use]
    pub fn elapsed(self) -> Duration {
        self.until(Self::now())
    }

    /// The time from this moment to a later one, in whole steps.
    #[inline]
    #[must_use]
    pub fn until(self, later: Self) -> Duration {
        let steps = later.0.saturating_sub(self.0);
        STEP.saturating_mul(u32::try_from(steps).unwrap_or(u32::MAX))
    }
}

/// The time on the clock, in whole steps.
#[inline]
#[must_use]
pub fn now() -> Duration {
    Moment(0).elapsed()
}

/// Moves the clock forward to `since_start`; a host's clock task calls it. It never moves back.
pub fn advance_to(since_start: Duration) {
    let steps = since_start.as_millis() / STEP.as_millis();
    STEPS.fetch_max(u64::try_from(steps).unwrap_or(u64::MAX), Ordering::Relaxed);
}
