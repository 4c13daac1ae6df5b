//! The randomness of the operating system.

use crate::capability::RandomSource;

/// Asks the operating system each time.
pub(super) struct SystemRandom;

impl RandomSource for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system has randomness to give");
    }
}
