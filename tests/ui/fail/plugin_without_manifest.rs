//! There is no plugin.toml beside Cargo.toml.

use keyway::prelude::*;

#[derive(Plugin)]
pub struct Sitemap;

impl Lifecycle for Sitemap {
    type Config = ();

    async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
        Ok(Self)
    }
}

fn main() {}
