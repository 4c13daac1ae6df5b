//! One plugin that is measured in both tiers: linked into the bench, and as a library.

mod padding;

use keyway::prelude::*;
use keyway_benches_sdk::{Await, Look, digest};

/// Answers at once.
#[derive(Debug, Plugin)]
#[plugin(provides(Look, Await))]
pub struct Measured {
    salt: u64,
}

impl Lifecycle for Measured {
    type Config = ();

    async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
        Ok(Self { salt: 7 })
    }
}

impl Look for Measured {
    fn scan(&self, text: &str) -> u64 {
        digest(self.salt, text)
    }

    fn echo(&self, text: &str) -> String {
        text.to_owned()
    }
}

impl Await for Measured {
    async fn fetch(&self, text: &str) -> Result<u64, Error> {
        Ok(digest(self.salt, text))
    }
}
