//! An argument has no value.

use keyway::prelude::*;

#[derive(Plugin)]
#[plugin(manifest_text)]
pub struct Sitemap;

impl Lifecycle for Sitemap {
    type Config = ();

    async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
        Ok(Self)
    }
}

fn main() {}
