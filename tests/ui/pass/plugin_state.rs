//! A plugin whose state has come a long way, and goes back as well.

use keyway::prelude::*;
use keyway::state::{Downgrade, Downgrades, Stateful, Upgrade};

#[derive(Plugin)]
#[plugin(state(version = 3, migrates_from = 1, downgrade = "supported"), manifest_text = r#"
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

impl Upgrade<2> for Hits {
    type Old = u32;
    type New = u64;

    fn upgrade(old: u32) -> Result<u64, Error> {
        Ok(u64::from(old))
    }
}

impl Downgrade<3> for Hits {
    type New = u64;
    type Old = u32;

    fn downgrade(new: u64) -> Result<u32, Error> {
        Ok(u32::try_from(new)?)
    }
}

impl Downgrade<2> for Hits {
    type New = u32;
    type Old = u8;

    fn downgrade(new: u32) -> Result<u8, Error> {
        Ok(u8::try_from(new)?)
    }
}

fn main() {
    let state = <Hits as Plugin>::STATE.expect("it keeps one");
    assert_eq!((state.version, state.migrates_from, state.downgrade), (3, 1, Downgrades::Supported));
}
