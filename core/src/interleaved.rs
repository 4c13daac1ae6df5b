//! The locks and atomics of what is tested under every interleaving of its threads: those of the standard library, or, in a test with
//! `--cfg keyway_shuttle`, those of shuttle, which decides after each step which thread goes on. `.ci/run interleavings` runs these tests.
//!
//! What a scenario needs besides, such as the snapshots of arc-swap, is one step in it.

#[cfg(not(all(test, keyway_shuttle)))]
pub(crate) use std::sync::{Mutex, MutexGuard, PoisonError, atomic};

#[cfg(all(test, keyway_shuttle))]
pub(crate) use shuttle::sync::{Mutex, MutexGuard, PoisonError, atomic};

/// Runs a scenario in ten thousand interleavings by chance, and in as many that PCT makes: few switches of threads at unlikely places,
/// which is what most mistakes need. They are the same each time.
#[cfg(all(test, keyway_shuttle))]
pub(crate) fn interleave(scenario: fn()) {
    use shuttle::scheduler::{PctScheduler, RandomScheduler};
    use shuttle::{Config, Runner};

    const TIMES: usize = 10_000;
    Runner::new(RandomScheduler::new_from_seed(1, TIMES), Config::new()).run(scenario);
    Runner::new(PctScheduler::new_from_seed(1, 3, TIMES), Config::new()).run(scenario);
}
