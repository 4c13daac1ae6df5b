//! A counter of calls that does not slow two threads down: each thread adds in a cache line of its own.

use std::sync::atomic::{AtomicU64, Ordering};

use super::seat::Seat;

/// How many calls of an extension there were and what became of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CallCounts {
    /// All calls that reached the plugin.
    pub calls: u64,
    /// Calls that the plugin answered with an error of its own.
    pub errors: u64,
    /// Calls that panicked.
    pub panics: u64,
    /// Calls that were given up at their deadline.
    pub deadlines: u64,
    /// Calls refused because the plugin was disabled or stopped.
    pub refused: u64,
    /// Calls refused by the breaker or by a limit of the number of calls.
    pub shed: u64,
}

/// Lines that one thread holds alone; further threads share the last line. With that one they are a power of two.
pub(super) const EXCLUSIVE: usize = 7;

/// One counter, spread over cache lines of 64 bytes: each of the first [`Seat`]s has one.
#[derive(Debug, Default)]
pub(super) struct Counter {
    lines: [Line; EXCLUSIVE + 1],
}

#[derive(Debug, Default)]
#[repr(align(64))]
struct Line(AtomicU64);

impl Counter {
    /// Adds one, for the thread whose seat it is; answers how many its line had before.
    #[inline]
    pub(super) fn add_one(&self, seat: &Seat) -> u64 {
        let line = seat.line() & EXCLUSIVE;
        let cell = &self.lines[line].0;
        if line < EXCLUSIVE {
            // Only this thread writes here, so no locked instruction is needed.
            let before = cell.load(Ordering::Relaxed);
            cell.store(before.wrapping_add(1), Ordering::Relaxed);
            before
        } else {
            cell.fetch_add(1, Ordering::Relaxed)
        }
    }

    /// The sum; exact for all that happened before this call.
    pub(super) fn total(&self) -> u64 {
        self.lines.iter().map(|line| line.0.load(Ordering::Relaxed)).fold(0, u64::wrapping_add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn no_addition_is_lost_whatever_the_number_of_threads() {
        let counter = Arc::new(Counter::default());
        for _ in 0..3 {
            let threads: Vec<_> = (0..20)
                .map(|_| {
                    let counter = Arc::clone(&counter);
                    std::thread::spawn(move || (0..1_000).for_each(|_| assert!(counter.add_one(Seat::take()) < 60_000)))
                })
                .collect();
            for thread in threads {
                thread.join().unwrap();
            }
        }
        assert_eq!(counter.total(), 60_000);
    }

    #[test]
    fn a_thread_without_a_seat_counts_too() {
        let counter = Counter::default();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    (0..1_000).for_each(|_| {
                        counter.add_one(Seat::mine());
                    });
                });
            }
        });
        assert_eq!(counter.total(), 4_000);
    }
}
