//! How long calls take: a histogram with a bucket for each power of two, which threads fill without a lock.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Buckets of a histogram; the last one also holds what is longer than its lower end, about 9 minutes.
const BUCKETS: usize = 40;

/// How long calls of an extension took. Bucket `i` counts calls of 2^`i` nanoseconds up to twice that.
///
/// Not every call is measured, because reading a clock costs more than ten calls: see [`Slot::latency`](super::Slot::latency).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Latency {
    buckets: [u64; BUCKETS],
    longest: Duration,
}

impl Latency {
    /// How many calls were measured.
    #[must_use]
    pub fn samples(&self) -> u64 {
        self.buckets.iter().sum()
    }

    /// The time in which the fraction `share` of the measured calls (0.5 for the median) was done, rounded up to a power of two of
    /// nanoseconds; `None` when none was measured.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Option<Duration> {
        let samples = self.samples();
        #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rank")]
        let rank = ((samples as f64 * share.clamp(0.0, 1.0)).ceil() as u64).max(1);
        let mut seen = 0;
        let bucket = self.buckets.iter().position(|count| {
            seen += count;
            seen >= rank
        });
        bucket.map(|bucket| Duration::from_nanos(2 << bucket))
    }

    /// The time that the longest of the measured calls took; `None` when none was measured.
    #[must_use]
    pub fn longest(&self) -> Option<Duration> {
        (self.samples() > 0).then_some(self.longest)
    }

    /// Each bucket that is not empty: its upper end and how many calls are in it, the shortest first.
    pub fn buckets(&self) -> impl Iterator<Item = (Duration, u64)> {
        let ends = self.buckets.iter().enumerate();
        ends.filter(|(_, count)| **count > 0).map(|(bucket, count)| (Duration::from_nanos(2 << bucket), *count))
    }
}

/// The histogram that calls fill.
#[derive(Debug)]
pub(super) struct Histogram {
    buckets: [AtomicU64; BUCKETS],
    /// In nanoseconds.
    longest: AtomicU64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { buckets: [const { AtomicU64::new(0) }; BUCKETS], longest: AtomicU64::new(0) }
    }
}

impl Histogram {
    pub(super) fn record(&self, took: Duration) {
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        let bucket = nanos.max(1).ilog2() as usize;
        self.buckets[bucket.min(BUCKETS - 1)].fetch_add(1, Ordering::Relaxed);
        self.longest.fetch_max(nanos, Ordering::Relaxed);
    }

    pub(super) fn read(&self) -> Latency {
        Latency {
            buckets: std::array::from_fn(|bucket| self.buckets[bucket].load(Ordering::Relaxed)),
            longest: Duration::from_nanos(self.longest.load(Ordering::Relaxed)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn histogram(nanos: &[u64]) -> Latency {
        let histogram = Histogram::default();
        nanos.iter().for_each(|nanos| histogram.record(Duration::from_nanos(*nanos)));
        histogram.read()
    }

    #[test]
    fn a_call_is_counted_between_its_powers_of_two() {
        for nanos in [0, 1, 2, 3, 4, 1_000, 1_023, 1_024, 1 << 39] {
            let latency = histogram(&[nanos]);
            let (end, count) = latency.buckets().next().expect("one was recorded");
            let end = u64::try_from(end.as_nanos()).expect("it fits");
            assert_eq!(count, 1);
            assert!(nanos < end && (nanos >= end / 2 || nanos == 0), "{nanos} below {end}");
        }
        assert_eq!(histogram(&[u64::MAX]).samples(), 1, "what is longer than the last bucket is in it");
    }

    #[test]
    fn quantiles_are_upper_ends() {
        let latency = histogram(&[10, 10, 10, 10, 10, 10, 10, 10, 10, 5_000]);
        assert_eq!(latency.quantile(0.5), Some(Duration::from_nanos(16)));
        assert_eq!(latency.quantile(0.9), Some(Duration::from_nanos(16)));
        assert_eq!(latency.quantile(0.99), Some(Duration::from_nanos(8_192)));
        assert_eq!(latency.quantile(0.0), Some(Duration::from_nanos(16)));
        assert_eq!(histogram(&[]).quantile(0.5), None);
    }

    #[test]
    fn the_longest_is_exact() {
        assert_eq!(histogram(&[10, 5_000, 70]).longest(), Some(Duration::from_nanos(5_000)));
        assert_eq!(histogram(&[0]).longest(), Some(Duration::ZERO));
        assert_eq!(histogram(&[]).longest(), None);
    }
}
