//! The named file does not exist.

use keyway::prelude::*;

#[derive(Plugin)]
#[plugin(manifest = "plugins/sitemap.toml")]
pub struct Sitemap;

impl Lifecycle for Sitemap {
    type Config = ();

    async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
        Ok(Self)
    }
}

fn main() {}
