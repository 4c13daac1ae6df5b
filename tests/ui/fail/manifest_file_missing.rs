//! The rule `file_missing`.

use keyway::prelude::*;

#[derive(Plugin)]
#[plugin(manifest = "absent.toml")]
pub struct Sitemap;

impl Lifecycle for Sitemap {
    type Config = ();

    async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
        Ok(Self)
    }
}

fn main() {}
