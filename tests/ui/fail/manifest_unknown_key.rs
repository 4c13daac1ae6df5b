//! The rule `unknown_key`, in a file.

use keyway::prelude::*;

#[derive(Plugin)]
#[plugin(manifest = "../../../../tests/fixtures/manifest/unknown_key.toml")]
pub struct Sitemap;

impl Lifecycle for Sitemap {
    type Config = ();

    async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
        Ok(Self)
    }
}

fn main() {}
