//! A plugin that implements `Stateful` without `state(…)`, so that no host would hand its state over.

use keyway::prelude::*;
use keyway::state::Stateful;

#[derive(Plugin)]
#[plugin(provides(), manifest_text = r#"
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

fn main() {}
