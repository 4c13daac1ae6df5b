//! The time of the operating system.

use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use crate::capability::ClockSource;

/// The clocks of the system. What it measures stands still while the clock of tokio is paused.
pub(super) struct SystemClock {
    begun: Instant,
}

impl SystemClock {
    pub(super) fn new() -> Self {
        Self { begun: Instant::now() }
    }
}

impl ClockSource for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }
}
