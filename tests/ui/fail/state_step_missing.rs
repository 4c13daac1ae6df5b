//! A state that is said to be migrated from version 1 to 3, and no step from 2.

use keyway::prelude::*;
use keyway::state::{Stateful, Upgrade};

#[derive(Plugin)]
#[plugin(state(version = 3, migrates_from = 1), manifest_text = r#"
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
    type New = u32;

    fn upgrade(old: u8) -> Result<u32, Error> {
        Ok(u32::from(old))
    }
}

fn main() {}
