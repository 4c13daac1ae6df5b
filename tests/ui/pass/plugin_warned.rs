//! What is odd but not wrong is a warning of the compiler.

use keyway::prelude::*;

#[derive(Plugin)]
#[plugin(manifest = "../../../../tests/fixtures/manifest/unused_notice.toml")]
pub struct Sitemap;

impl Lifecycle for Sitemap {
    type Config = ();

    async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
        Ok(Self)
    }
}

fn main() {}
