//! The rule `merge_conflict`, in a file.

use keyway::prelude::*;

#[derive(Plugin)]
#[plugin(manifest = "../../../../tests/fixtures/manifest/merge_conflict.toml")]
pub struct Sitemap;

impl Lifecycle for Sitemap {
    type Config = ();

    async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
        Ok(Self)
    }
}

fn main() {}
