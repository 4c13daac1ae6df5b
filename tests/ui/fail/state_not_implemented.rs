//! A plugin with `state(…)` that does not say what its state is.

use keyway::prelude::*;

#[derive(Plugin)]
#[plugin(state(version = 1), manifest_text = r#"
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

fn main() {}
