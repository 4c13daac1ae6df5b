//! Version 1.

use std::sync::atomic::{AtomicU64, Ordering};

use keyway::CallError;
use keyway::prelude::*;
use keyway::state::Stateful;
use keyway_tests_native::Count;

/// Counts its calls.
#[derive(Debug, Plugin)]
#[plugin(
    provides(Count),
    state(version = 1),
    manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.changing"
        version = "1.0.0"
        host = "*"
        [provides]
        "service.count" = "1.0.0"
        [permissions]
        "env.read" = { scope = ["LANG"], reason = "the second version asks for nothing" }
    "#
)]
pub struct Changing(AtomicU64);

impl Lifecycle for Changing {
    type Config = ();

    async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
        Ok(Self(AtomicU64::new(0)))
    }
}

impl Stateful for Changing {
    type State = u64;

    fn save_state(&self) -> Result<u64, Error> {
        Ok(self.0.load(Ordering::SeqCst))
    }

    fn restore_state(&self, state: u64) -> Result<(), Error> {
        self.0.store(state, Ordering::SeqCst);
        Ok(())
    }
}

impl Count for Changing {
    fn count(&self) -> Result<u64, CallError> {
        Ok(self.0.fetch_add(1, Ordering::SeqCst) + 1)
    }

    fn release(&self) -> Result<String, CallError> {
        Ok("one".to_owned())
    }
}
