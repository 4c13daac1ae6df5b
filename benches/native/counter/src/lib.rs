//! Counts, keeps its count across reloads, and notes when the host does what with it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use keyway::prelude::*;
use keyway::state::Stateful;
use keyway_benches_sdk::Count;
use serde::{Deserialize, Serialize};

/// Which library this is.
const RELEASE: u32 = if cfg!(feature = "later") { 2 } else { 1 };

/// The plugin.
#[derive(Debug, Plugin)]
#[plugin(provides(Count), state(version = 1))]
pub struct Counter {
    count: AtomicU64,
    moments: Mutex<Vec<u64>>,
}

/// What an instance hands on to the next.
#[derive(Debug, Serialize, Deserialize)]
pub struct Handed {
    count: u64,
    saved_at: u64,
}

impl Counter {
    fn note(&self, moment: u64) {
        self.moments.lock().unwrap_or_else(PoisonError::into_inner).push(moment);
    }
}

/// Nanoseconds since 1970: a clock that all images have in common.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| u64::try_from(since.as_nanos()).unwrap_or(0))
}

impl Lifecycle for Counter {
    type Config = ();

    async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
        Ok(Self { count: AtomicU64::new(0), moments: Mutex::new(vec![now()]) })
    }

    async fn start(&self, _: &Context<Self>) -> Result<(), Error> {
        self.note(now());
        Ok(())
    }
}

impl Stateful for Counter {
    type State = Handed;

    fn save_state(&self) -> Result<Handed, Error> {
        Ok(Handed { count: self.count.load(Ordering::Relaxed), saved_at: now() })
    }

    fn restore_state(&self, handed: Handed) -> Result<(), Error> {
        self.note(handed.saved_at);
        self.count.store(handed.count, Ordering::Relaxed);
        self.note(now());
        Ok(())
    }
}

impl Count for Counter {
    fn count(&self) -> u64 {
        self.count.fetch_add(1, Ordering::Relaxed) + 1
    }

    fn release(&self) -> u32 {
        RELEASE
    }

    fn moments(&self) -> Vec<u64> {
        self.moments.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
