//! Which allocations are looked at: one byte in so many, drawn at random, and the allocation that it falls into.
//!
//! A thread counts down the bytes that it allocates; where the count passes zero, that allocation is a sample. The distances between
//! samples are drawn from the exponential distribution, so that no pattern of allocations can hide from them or gather them.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes from one sample to the next, on average, while there are few samples.
const INTERVAL: u64 = 128 << 10;
/// The interval doubles with each such number of samples that are alive, so that their number stays bounded.
const STEP: usize = 2_048;

thread_local! {
    // Without destructors, so that nothing is set up or allocated when a thread first comes here.
    static LEFT: Cell<i64> = const { Cell::new(0) };
    static DRAWN_WITH: Cell<u64> = const { Cell::new(0) };
    static RANDOM: Cell<u64> = const { Cell::new(0) };
}

/// Counts an allocation of this thread; tells whether it is due for [`draw`].
#[inline]
pub(super) fn is_due(size: usize) -> bool {
    // No allocation is larger than `isize::MAX`.
    let left = LEFT.get() - size as i64;
    LEFT.set(left);
    left < 0
}

/// What one sample stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Weight {
    /// How many bytes.
    pub(super) bytes: u64,
    /// The variance of that number, in squares of KiB.
    pub(super) variance: u64,
}

/// Bytes from one sample to the next, on average, while so many samples are alive.
pub(super) fn interval(alive: usize) -> u64 {
    INTERVAL << (alive / STEP).min(16)
}

/// Goes on after [`is_due`] said so, while so many samples are alive: what the allocation stands for, if it is a sample.
pub(super) fn draw(size: usize, alive: usize) -> Option<Weight> {
    let former = DRAWN_WITH.get();
    let next = interval(alive);
    if former == 0 {
        // The thread's first allocation: nothing was drawn for it yet.
        let left = distance(next) - size as i64;
        DRAWN_WITH.set(next);
        LEFT.set(left);
        return if left < 0 { draw(size, alive) } else { None };
    }
    DRAWN_WITH.set(next);
    LEFT.set(distance(next));
    Some(weigh(size, former))
}

/// A sample of `size` bytes is hit with a probability that follows from the interval, and stands for all that were not hit.
fn weigh(size: usize, interval: u64) -> Weight {
    let size = size as f64;
    let hit = -(-size / interval as f64).exp_m1();
    let (bytes, kibi) = (size / hit, size / 1_024.0);
    Weight { bytes: bytes.round() as u64, variance: (kibi * kibi * (1.0 - hit) / (hit * hit)).round() as u64 }
}

/// A distance from the exponential distribution with the given mean.
fn distance(mean: u64) -> i64 {
    // In (0, 1], with 53 random bits.
    let uniform = ((random() >> 11) + 1) as f64 / (1_u64 << 53) as f64;
    (-uniform.ln() * mean as f64) as i64
}

/// `SplitMix64`, with a state for each thread.
fn random() -> u64 {
    const STRIDE: u64 = 0x9E37_79B9_7F4A_7C15;
    static SEEDS: AtomicU64 = AtomicU64::new(0x5DEE_CE66_D1CE_B00C);
    if RANDOM.get() == 0 {
        RANDOM.set(SEEDS.fetch_add(STRIDE.rotate_left(32), Ordering::Relaxed) | 1);
    }
    let state = RANDOM.get().wrapping_add(STRIDE);
    RANDOM.set(state);
    let mixed = (state ^ state >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ mixed >> 31
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the samples stand for is what was allocated, within four times the error that they themselves state.
    #[test]
    fn samples_stand_for_what_was_allocated() {
        for size in [16, 300, 40_000, 128 << 10, 3 << 20] {
            let count = (256 << 20) / size;
            let (mut bytes, mut variance) = (0_u64, 0_u64);
            for _ in 0..count {
                if is_due(size)
                    && let Some(weight) = draw(size, 0)
                {
                    bytes += weight.bytes;
                    variance += weight.variance;
                }
            }
            let (real, error) = ((count * size) as f64, (variance as f64).sqrt() * 1_024.0);
            assert!((bytes as f64 - real).abs() <= 4.0 * error + 1.0, "{size}: {bytes} for {real}, error {error}");
            // The error is as large as theory has it: the root of bytes times interval, for allocations much smaller than that.
            if size < 1_000 {
                let theory = (real * INTERVAL as f64).sqrt();
                assert!((error / theory - 1.0).abs() < 0.2, "{size}: {error}, not {theory}");
            }
        }
    }
}
