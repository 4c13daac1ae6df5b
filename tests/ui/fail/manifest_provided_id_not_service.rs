//! The rule `provided_id_not_service`, in a file.

use keyway::prelude::*;

#[derive(Plugin)]
#[plugin(manifest = "../../../../tests/fixtures/manifest/provided_id_not_service.toml")]
pub struct Sitemap;

impl Lifecycle for Sitemap {
    type Config = ();

    async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
        Ok(Self)
    }
}

fn main() {}
