//! A state that is said to go back to version 1, and no step down.

use keyway::prelude::*;
use keyway::state::{Stateful, Upgrade};

#[derive(Plugin)]
#[plugin(state(version = 2, migrates_from = 1, downgrade = "lossy"), manifest_text = r#"
manifest-version = 1
[plugin]
id = "site.hits"
version = "1.0.0"
host = "*"
"#)]
pub struct Hits;

impl Lifecycle for Hits {
    type Config = ();

    async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
        Ok(Self)
    }
}

impl Stateful for Hits {
    type State = u64;

    fn save_state(&self) -> Result<u64, Error> {
        Ok(7)
    }

    fn restore_state(&self, _: u64) -> Result<(), Error> {
        Ok(())
    }
}

impl Upgrade<1> for Hits {
    type Old = u8;
    type New = u64;

    fn upgrade(old: u8) -> Result<u64, Error> {
        Ok(u64::from(old))
    }
}

fn main() {}
