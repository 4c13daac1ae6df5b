//! Two clocks: real time, and the processor time of the calling thread, which stops while another program has the core.

use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

/// Processor time that the calling thread has used so far.
pub(super) fn thread_time() -> Duration {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID)
        .map(Duration::from)
        .expect("every Linux and macOS thread has a processor clock")
}

/// Real time since some moment in the past.
pub(super) fn monotonic_time() -> Duration {
    clock_gettime(ClockId::CLOCK_MONOTONIC).map(Duration::from).expect("every system has a clock that never goes back")
}
