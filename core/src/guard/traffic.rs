//! How many calls a plugin takes: at the same time, and in a stretch of time. Shared by all extensions of one plugin.

use std::fmt;
use std::time::{Duration, Instant};

use crate::interleaved::atomic::{AtomicU32, AtomicU64, Ordering};

/// A number of calls in a stretch of time. So many may come at once; after that they come evenly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, keyway::Boundary)]
pub struct Rate {
    calls: u32,
    per: Duration,
}

impl Rate {
    /// `calls` in each `per`; `None` when one of them is zero.
    #[must_use]
    pub const fn new(calls: u32, per: Duration) -> Option<Self> {
        if calls == 0 || per.is_zero() { None } else { Some(Self { calls, per }) }
    }

    /// Reads `"100/s"`, `"30/min"`, `"5/h"` or, with a number before the unit, `"100/10s"`; `None` for anything else. The units are `s`,
    /// `sec` and `second`, `m`, `min` and `minute`, `h` and `hour`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let number =
            |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse::<u32>().ok()).flatten();
        let (calls, per) = text.split_once('/')?;
        let (count, unit) = per.split_at(per.find(|character: char| !character.is_ascii_digit())?);
        let count = if count.is_empty() { 1 } else { number(count)? };
        let seconds = match unit {
            "s" | "sec" | "second" => 1,
            "m" | "min" | "minute" => 60,
            "h" | "hour" => 3_600,
            _ => return None,
        };
        Self::new(number(calls)?, Duration::from_secs(u64::from(count) * seconds))
    }

    /// How many calls.
    #[must_use]
    pub const fn calls(&self) -> u32 {
        self.calls
    }

    /// The stretch of time.
    #[must_use]
    pub const fn per(&self) -> Duration {
        self.per
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { calls, per } = self;
        match per.as_secs() {
            1 if per.subsec_nanos() == 0 => write!(formatter, "{calls}/s"),
            60 if per.subsec_nanos() == 0 => write!(formatter, "{calls}/m"),
            3_600 if per.subsec_nanos() == 0 => write!(formatter, "{calls}/h"),
            seconds if seconds > 0 && per.subsec_nanos() == 0 => write!(formatter, "{calls}/{seconds}s"),
            _ => write!(formatter, "{calls} in {} ms", per.as_millis()),
        }
    }
}

/// The limits of one plugin's calls; those that are not set cost nothing.
#[derive(Debug, Default)]
pub struct Traffic {
    concurrent: Option<Concurrent>,
    pace: Option<Pace>,
}

/// Why a call was not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Congestion {
    /// As many calls as allowed are under way.
    Full { limit: u32 },
    /// The calls come too fast.
    TooFast { limit: Rate, retry_in: Duration },
}

impl Traffic {
    /// Limits with at most `concurrent_calls` at the same time and at most `rate`; `None` for no limit.
    #[must_use]
    pub fn new(concurrent_calls: Option<u32>, rate: Option<Rate>) -> Self {
        Self {
            concurrent: concurrent_calls.map(|limit| Concurrent { limit, under_way: AtomicU32::new(0) }),
            pace: rate.map(|rate| Pace { rate, begun: Instant::now(), due: AtomicU64::new(0) }),
        }
    }

    pub(super) const fn is_limited(&self) -> bool {
        self.concurrent.is_some() || self.pace.is_some()
    }

    /// Lets one call in; it must [`leave`](Self::leave) when it was let in.
    pub(super) fn enter(&self) -> Result<(), Congestion> {
        if let Some(Concurrent { limit, under_way }) = &self.concurrent {
            let enter = |now: u32| (now < *limit).then(|| now + 1);
            if under_way.fetch_update(Ordering::AcqRel, Ordering::Relaxed, enter).is_err() {
                return Err(Congestion::Full { limit: *limit });
            }
        }
        let Some(pace) = &self.pace else { return Ok(()) };
        pace.admit(pace.begun.elapsed()).map_err(|retry_in| {
            self.leave();
            Congestion::TooFast { limit: pace.rate, retry_in }
        })
    }

    pub(super) fn leave(&self) {
        if let Some(Concurrent { under_way, .. }) = &self.concurrent {
            under_way.fetch_sub(1, Ordering::AcqRel);
        }
    }
}

#[derive(Debug)]
struct Concurrent {
    limit: u32,
    under_way: AtomicU32,
}

/// The generic cell rate algorithm: one number, the moment at which an even flow of the calls so far would be through.
#[derive(Debug)]
struct Pace {
    rate: Rate,
    begun: Instant,
    /// In nanoseconds since `begun`.
    due: AtomicU64,
}

impl Pace {
    /// Lets one call through at `now`, or answers how long to wait.
    fn admit(&self, now: Duration) -> Result<(), Duration> {
        let nanos = |duration: Duration| u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        let (now, window) = (nanos(now), nanos(self.rate.per));
        let gap = window.div_ceil(u64::from(self.rate.calls));
        let mut early = 0;
        let next = |due: u64| {
            let due = due.max(now).saturating_add(gap);
            early = due.saturating_sub(now.saturating_add(window.max(gap)));
            (early == 0).then_some(due)
        };
        let outcome = self.due.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next);
        outcome.map(|_| ()).map_err(|_| Duration::from_nanos(early))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pace(calls: u32, millis: u64) -> Pace {
        let rate = Rate::new(calls, Duration::from_millis(millis)).expect("not zero");
        Pace { rate, begun: Instant::now(), due: AtomicU64::new(0) }
    }

    #[test]
    fn rates_are_read_and_written() {
        for text in ["100/s", "30/m", "5/h", "100/10s", "7/86400s"] {
            assert_eq!(Rate::parse(text).expect("a rate").to_string(), text);
        }
        for (text, same) in [
            ("3/sec", "3/s"),
            ("3/second", "3/s"),
            ("3/min", "3/m"),
            ("3/minute", "3/m"),
            ("3/hour", "3/h"),
            ("3/2min", "3/120s"),
        ] {
            assert_eq!(Rate::parse(text), Rate::parse(same), "{text}");
            assert!(Rate::parse(text).is_some(), "{text}");
        }
        for bad in [
            "",
            "100",
            "0/s",
            "/s",
            "+1/s",
            "1/d",
            "1/s ",
            "-1/s",
            "99999999999/s",
            "1/",
            "1/10",
            "1/0s",
            "1/-1s",
            "1/99999999999s",
            "1/ s",
        ] {
            assert_eq!(Rate::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_burst_passes_and_then_an_even_flow() {
        let pace = pace(4, 1_000);
        let at = |millis| pace.admit(Duration::from_millis(millis));
        assert!((0..4).all(|_| at(0).is_ok()));
        assert_eq!(at(0), Err(Duration::from_millis(250)));
        assert_eq!(at(200), Err(Duration::from_millis(50)));
        assert_eq!((at(250), at(250).is_err()), (Ok(()), true));
        assert!((0..4).all(|_| at(9_000).is_ok()), "an idle time is a whole burst and no more");
        assert!(at(9_000).is_err());
    }

    proptest! {
        /// Against a bucket that is refilled in exact arithmetic.
        #[test]
        fn the_pace_is_that_of_a_bucket(calls in 1_u32..20, waits in proptest::collection::vec(0_u64..400, 1..200)) {
            // A window that all numbers of calls divide keeps both sides exact.
            let window = 232_792_560_u64;
            let rate = Rate::new(calls, Duration::from_nanos(window)).expect("not zero");
            let pace = Pace { rate, begun: Instant::now(), due: AtomicU64::new(0) };
            let (full, each) = (window, window / u64::from(calls));
            let (mut level, mut now) = (full, 0_u64);
            for wait in waits {
                let passed = wait * 1_000_000;
                now += passed;
                level = level.saturating_add(passed).min(full);
                let expected = level >= each;
                prop_assert_eq!(pace.admit(Duration::from_nanos(now)).is_ok(), expected);
                if expected {
                    level -= each;
                } else {
                    prop_assert_eq!(pace.admit(Duration::from_nanos(now)), Err(Duration::from_nanos(each - level)));
                }
            }
        }
    }

    #[test]
    fn no_more_than_the_limit_are_under_way() {
        let traffic = Traffic::new(Some(3), None);
        let most = AtomicU32::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..2_000 {
                        if traffic.enter().is_ok() {
                            let Some(concurrent) = &traffic.concurrent else { unreachable!("it was made with a limit") };
                            most.fetch_max(concurrent.under_way.load(Ordering::Relaxed), Ordering::Relaxed);
                            traffic.leave();
                        }
                    }
                });
            }
        });
        assert!((1..=3).contains(&most.load(Ordering::Relaxed)));
        assert!((0..3).all(|_| traffic.enter().is_ok()), "all have left");
        assert_eq!(traffic.enter(), Err(Congestion::Full { limit: 3 }));
    }
}
