//! Numbers that look random and are the same in each run.

use std::sync::{Mutex, PoisonError};

use crate::capability::RandomSource;

/// The generator `SplitMix64` with a seed. Its numbers can be foretold, so it is for tests alone.
pub(crate) struct SeededRandom(Mutex<u64>);

impl SeededRandom {
    /// A stream for each name, so that plugins do not disturb each other's.
    pub(crate) fn new(seed: u64, name: &str) -> Self {
        let state = name.bytes().fold(seed, |state, byte| mix(state ^ u64::from(byte)));
        Self(Mutex::new(state))
    }
}

impl RandomSource for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for chunk in bytes.chunks_mut(8) {
            *state = state.wrapping_add(STEP);
            chunk.copy_from_slice(&mix(*state).to_le_bytes()[..chunk.len()]);
        }
    }
}

const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

fn mix(state: u64) -> u64 {
    let state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    state ^ (state >> 31)
}
