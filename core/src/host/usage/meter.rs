//! One number with a limit.

use std::sync::atomic::{AtomicU64, Ordering};

/// How much of something there is in use, how much there was at most, and how often more was refused.
#[derive(Debug)]
pub(super) struct Meter {
    /// `u64::MAX` for none. A reload may set another.
    limit: AtomicU64,
    used: AtomicU64,
    peak: AtomicU64,
    refused: AtomicU64,
}

impl Meter {
    pub(super) fn new(limit: Option<u64>) -> Self {
        let limit = AtomicU64::new(limit.unwrap_or(u64::MAX));
        Self { limit, used: AtomicU64::new(0), peak: AtomicU64::new(0), refused: AtomicU64::new(0) }
    }

    /// Sets another limit. What is in use beyond it stays, and nothing is added until there is room.
    pub(super) fn set_limit(&self, limit: Option<u64>) {
        self.limit.store(limit.unwrap_or(u64::MAX), Ordering::Release);
    }

    fn limit(&self) -> u64 {
        self.limit.load(Ordering::Acquire)
    }

    /// Takes so much more; fails with the limit and what is in use when that would be too much.
    pub(super) fn take(&self, amount: u64) -> Result<(), (u64, u64)> {
        let limit = self.limit();
        let fits = |used: u64| used.checked_add(amount).filter(|sum| *sum <= limit);
        match self.used.fetch_update(Ordering::AcqRel, Ordering::Acquire, fits) {
            Ok(before) => {
                self.peak.fetch_max(before.saturating_add(amount), Ordering::Relaxed);
                Ok(())
            }
            Err(used) => {
                self.refused.fetch_add(1, Ordering::Relaxed);
                Err((limit, used))
            }
        }
    }

    /// Gives so much back.
    pub(super) fn give_back(&self, amount: u64) {
        let less = |used: u64| Some(used.saturating_sub(amount));
        let before = self.used.fetch_update(Ordering::AcqRel, Ordering::Acquire, less);
        debug_assert!(before.is_ok_and(|before| before >= amount), "more was given back than was taken");
    }

    /// Notes how much there is, where something else holds the limit.
    #[cfg(feature = "data")]
    pub(super) fn set(&self, used: u64) {
        self.used.store(used, Ordering::Release);
        self.peak.fetch_max(used, Ordering::Relaxed);
    }

    /// Counts that something else has refused more.
    #[cfg(feature = "data")]
    pub(super) fn refuse(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn read(&self) -> super::Amount {
        super::Amount {
            used: self.used.load(Ordering::Acquire),
            peak: self.peak.load(Ordering::Relaxed),
            limit: Some(self.limit()).filter(|limit| *limit < u64::MAX),
            refused: self.refused.load(Ordering::Relaxed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Against a list of what was taken.
        #[test]
        fn a_meter_counts_what_is_held(limit in 0_u64..50, steps in proptest::collection::vec(0_u64..20, 0..100)) {
            let meter = Meter::new(Some(limit));
            let (mut held, mut most, mut refused) = (Vec::new(), 0, 0);
            for step in steps {
                // Small steps give the oldest back, the others take.
                if step < 6 && !held.is_empty() {
                    meter.give_back(held.remove(0));
                } else {
                    let used: u64 = held.iter().sum();
                    let answer = meter.take(step);
                    prop_assert_eq!(answer, if used + step <= limit { Ok(()) } else { Err((limit, used)) });
                    if answer.is_ok() { held.push(step) } else { refused += 1 }
                }
                let used = held.iter().sum();
                most = most.max(used);
                let read = meter.read();
                prop_assert_eq!((read.used, read.peak, read.refused), (used, most, refused));
            }
        }
    }

    #[test]
    fn threads_together_never_hold_more_than_the_limit() {
        let meter = Meter::new(Some(5));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..5_000 {
                        if meter.take(2).is_ok() {
                            meter.give_back(2);
                        }
                    }
                });
            }
        });
        let read = meter.read();
        assert!(read.used == 0 && (2..=4).contains(&read.peak), "{read:?}");
    }

    #[test]
    fn without_a_limit_nothing_is_refused_but_what_cannot_be_counted() {
        let meter = Meter::new(None);
        assert_eq!(meter.take(u64::MAX), Ok(()));
        assert_eq!(meter.take(1), Err((u64::MAX, u64::MAX)));
    }
}
