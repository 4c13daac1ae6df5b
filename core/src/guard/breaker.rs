//! The circuit breaker: an extension that fails again and again is left out for a while, then tried with one call.

use std::fmt;
use std::time::Duration;

/// When an extension is left out and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakerOptions {
    /// How many failures in a row open the breaker; at least 1.
    pub failures: u32,
    /// How long the extension is left out before one call tries it; doubled each time that call fails.
    pub cool_down: Duration,
    /// The longest that it is left out at once.
    pub longest_cool_down: Duration,
}

impl Default for BreakerOptions {
    /// 10 failures; 30 seconds, and 10 minutes at most.
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl BreakerOptions {
    pub(crate) const DEFAULT: Self =
        Self { failures: 10, cool_down: Duration::from_secs(30), longest_cool_down: Duration::from_mins(10) };
}

/// What the breaker of an extension does with calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Breaker {
    /// It lets them through.
    #[default]
    Closed,
    /// It refuses them.
    Open,
    /// It refuses all but one, which tries whether the extension works again.
    HalfOpen,
}

impl Breaker {
    /// The state's name as operators see it, for example `half-open`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half-open",
        }
    }
}

impl fmt::Display for Breaker {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

/// What the breaker says to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Admission {
    /// Go on.
    Pass,
    /// Go on; the breaker waits for how this call ends. Each probe has a number, so that a late one is not taken for its successor.
    Probe(u64),
    /// Not now.
    Refused {
        /// Time until the next probe; zero while one is under way.
        retry_in: Duration,
    },
}

/// How the end of a call moved the breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moved {
    /// Not at all.
    No,
    /// It opened, for so long.
    Opened(Duration),
    /// It closed.
    Closed,
}

/// A breaker as a machine: it has no clock and no lock of its own.
#[derive(Debug)]
pub(super) struct Circuit {
    options: BreakerOptions,
    state: State,
    /// Calls that hang; no probe is let through while there are any, for it would hang too.
    hanging: u32,
    /// The number of the newest probe.
    probes: u64,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// `method` is the one that failed last.
    Closed {
        failures: u32,
        method: usize,
    },
    Open {
        until: Duration,
        cool_down: Duration,
    },
    HalfOpen {
        cool_down: Duration,
    },
}

/// Closed, and nothing has failed.
const CLOSED: State = State::Closed { failures: 0, method: 0 };

impl Circuit {
    pub(super) const fn new(options: BreakerOptions) -> Self {
        Self { options, state: CLOSED, hanging: 0, probes: 0 }
    }

    pub(super) const fn state(&self) -> Breaker {
        match self.state {
            State::Closed { .. } => Breaker::Closed,
            State::Open { .. } => Breaker::Open,
            State::HalfOpen { .. } => Breaker::HalfOpen,
        }
    }

    /// Whether a call that succeeds would leave everything as it is, so that it need not be told.
    pub(super) const fn is_quiet(&self) -> bool {
        matches!(self.state, State::Closed { failures: 0, .. }) && self.hanging == 0
    }

    /// Asks whether a call may begin at `now`, a time on any clock that does not go back.
    pub(super) fn admit(&mut self, now: Duration) -> Admission {
        match self.state {
            State::Closed { .. } => Admission::Pass,
            State::Open { until, cool_down } if now >= until && self.hanging == 0 => {
                self.state = State::HalfOpen { cool_down };
                self.probes += 1;
                Admission::Probe(self.probes)
            }
            State::Open { until, .. } => Admission::Refused { retry_in: until.saturating_sub(now) },
            State::HalfOpen { .. } => Admission::Refused { retry_in: Duration::ZERO },
        }
    }

    /// A call of a method was answered, which ends a row of failures of that method: another one may work while this one does not. A
    /// call that began before the breaker opened proves nothing about now.
    pub(super) fn succeeded(&mut self, method: usize, probe: Option<u64>) -> Moved {
        match self.state {
            State::Closed { method: failing, .. } => {
                if method == failing {
                    self.state = CLOSED;
                }
                Moved::No
            }
            State::HalfOpen { .. } if probe == Some(self.probes) => {
                self.state = CLOSED;
                Moved::Closed
            }
            State::HalfOpen { .. } | State::Open { .. } => Moved::No,
        }
    }

    /// A call of a method failed in a way that counts.
    pub(super) fn failed(&mut self, now: Duration, method: usize, probe: Option<u64>) -> Moved {
        match self.state {
            State::Closed { failures, .. } if failures.saturating_add(1) >= self.options.failures => {
                self.open(now, self.options.cool_down)
            }
            State::Closed { failures, .. } => {
                self.state = State::Closed { failures: failures + 1, method };
                Moved::No
            }
            State::HalfOpen { cool_down } if probe == Some(self.probes) => self.open(now, cool_down.saturating_mul(2)),
            State::HalfOpen { .. } | State::Open { .. } => Moved::No,
        }
    }

    /// The caller of a probe gave up waiting: the next call may try.
    pub(super) fn gave_up(&mut self, probe: u64) {
        if let State::HalfOpen { cool_down } = self.state
            && probe == self.probes
        {
            self.state = State::Open { until: Duration::ZERO, cool_down };
        }
    }

    /// A call hangs, which opens the breaker at once.
    #[cfg(any(test, feature = "host"))]
    pub(super) fn hangs(&mut self, now: Duration) -> Moved {
        self.hanging += 1;
        match self.state {
            State::Closed { .. } => self.open(now, self.options.cool_down),
            State::HalfOpen { cool_down } => self.open(now, cool_down.saturating_mul(2)),
            State::Open { .. } => Moved::No,
        }
    }

    /// A call that hung came back.
    #[cfg(any(test, feature = "host"))]
    pub(super) const fn returned(&mut self) {
        self.hanging = self.hanging.saturating_sub(1);
    }

    /// Closes the breaker, whatever it thinks; for an operator who knows better.
    pub(super) const fn close(&mut self) -> Moved {
        let was_closed = matches!(self.state, State::Closed { .. });
        self.state = CLOSED;
        if was_closed { Moved::No } else { Moved::Closed }
    }

    fn open(&mut self, now: Duration, cool_down: Duration) -> Moved {
        let cool_down = cool_down.min(self.options.longest_cool_down);
        self.state = State::Open { until: now.saturating_add(cool_down), cool_down };
        Moved::Opened(cool_down)
    }
}

#[cfg(test)]
#[path = "breaker_model.rs"]
mod model;
