//! A counter of calls that does not slow two threads down: each thread adds in a cache line of its own.

use std::cell::Cell;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

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

/// Lines that one thread holds alone; further threads share the last line.
const EXCLUSIVE: usize = 7;

/// One counter, spread over cache lines of 64 bytes.
#[derive(Debug, Default)]
pub(crate) struct Counter {
    lines: [Line; EXCLUSIVE + 1],
}

#[derive(Debug, Default)]
#[repr(align(64))]
struct Line(AtomicU64);

impl Counter {
    /// Adds one; answers how many this line had before.
    #[inline]
    pub(crate) fn add_one(&self) -> u64 {
        let line = my_line();
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
    pub(crate) fn total(&self) -> u64 {
        self.lines.iter().map(|line| line.0.load(Ordering::Relaxed)).fold(0, u64::wrapping_add)
    }
}

/// One bit per exclusive line that a thread holds.
static HELD: AtomicU8 = AtomicU8::new(0);

const NOT_CHOSEN: usize = usize::MAX;

thread_local! {
    static LINE: Cell<usize> = const { Cell::new(NOT_CHOSEN) };
    static LEASE: Lease = const { Lease };
}

/// Gives the thread's line back when the thread ends.
struct Lease;

impl Drop for Lease {
    fn drop(&mut self) {
        let line = LINE.replace(EXCLUSIVE);
        if line < EXCLUSIVE {
            // Release: the next holder must see this thread's last additions.
            HELD.fetch_and(!(1 << line), Ordering::Release);
        }
    }
}

#[inline]
fn my_line() -> usize {
    let line = LINE.get();
    if line == NOT_CHOSEN { choose_line() } else { line }
}

#[cold]
fn choose_line() -> usize {
    let mut held = HELD.load(Ordering::Relaxed);
    let line = loop {
        let free = (!held).trailing_zeros() as usize;
        if free >= EXCLUSIVE {
            break EXCLUSIVE;
        }
        match HELD.compare_exchange_weak(held, held | 1 << free, Ordering::Acquire, Ordering::Relaxed) {
            Ok(_) => break free,
            Err(now) => held = now,
        }
    };
    LINE.set(line);
    // Touching the lease registers its destructor; a thread that is already ending keeps to the shared line.
    if LEASE.try_with(|_| ()).is_err() && line < EXCLUSIVE {
        HELD.fetch_and(!(1 << line), Ordering::Release);
        LINE.set(EXCLUSIVE);
        return EXCLUSIVE;
    }
    line
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
                    std::thread::spawn(move || (0..1_000).for_each(|_| assert!(counter.add_one() < 60_000)))
                })
                .collect();
            for thread in threads {
                thread.join().unwrap();
            }
        }
        assert_eq!(counter.total(), 60_000);
    }
}
