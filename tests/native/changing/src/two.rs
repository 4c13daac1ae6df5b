//! Version 2.

use std::sync::atomic::{AtomicU64, Ordering};

use keyway::CallError;
use keyway::prelude::*;
use keyway::state::{Downgrade, Stateful, Upgrade};
use keyway_tests_native::{Count, Extra};

/// Counts its calls, and its upgrades with them.
#[derive(Debug, Plugin)]
#[plugin(
    provides(Count, Extra),
    state(version = 2, migrates_from = 1, downgrade = "supported"),
    manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.changing"
        version = "2.0.0"
        host = "*"
        [provides]
        "service.count" = "1.0.0"
    "#
)]
pub struct Changing {
    calls: AtomicU64,
    upgrades: AtomicU64,
}

/// What a test has it do.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Orders {
    fail: bool,
}

impl Lifecycle for Changing {
    type Config = Orders;

    async fn init(ctx: &Context<Self>, orders: Orders) -> Result<Self, Error> {
        if orders.fail {
            // What it has begun ends with it.
            drop(ctx.spawn(std::future::pending::<()>())?);
            return Err(Error::message("as it was ordered"));
        }
        Ok(Self { calls: AtomicU64::new(0), upgrades: AtomicU64::new(0) })
    }
}

impl Stateful for Changing {
    type State = (u64, u64);

    fn save_state(&self) -> Result<(u64, u64), Error> {
        Ok((self.calls.load(Ordering::SeqCst), self.upgrades.load(Ordering::SeqCst)))
    }

    fn restore_state(&self, (calls, upgrades): (u64, u64)) -> Result<(), Error> {
        self.calls.store(calls, Ordering::SeqCst);
        self.upgrades.store(upgrades, Ordering::SeqCst);
        Ok(())
    }
}

impl Upgrade<1> for Changing {
    type Old = u64;
    type New = (u64, u64);

    fn upgrade(calls: u64) -> Result<(u64, u64), Error> {
        Ok((calls, 1))
    }
}

impl Downgrade<2> for Changing {
    type New = (u64, u64);
    type Old = u64;

    fn downgrade((calls, _): (u64, u64)) -> Result<u64, Error> {
        Ok(calls)
    }
}

impl Count for Changing {
    fn count(&self) -> Result<u64, CallError> {
        Ok(self.calls.fetch_add(1, Ordering::SeqCst) + 1)
    }

    fn release(&self) -> Result<String, CallError> {
        Ok("two".to_owned())
    }
}

impl Extra for Changing {
    fn upgrades(&self) -> Result<u64, CallError> {
        Ok(self.upgrades.load(Ordering::SeqCst))
    }
}
