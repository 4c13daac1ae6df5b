//! The rule `unused_notice`, a warning, in a crate that denies warnings.

#![deny(warnings)]

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
