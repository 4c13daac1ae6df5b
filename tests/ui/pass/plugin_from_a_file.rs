//! The manifest is a file elsewhere.

use keyway::prelude::*;

#[derive(Plugin)]
#[plugin(manifest = "../../../../plugins/sitemap/plugin.toml")]
pub struct Sitemap;

impl Lifecycle for Sitemap {
    type Config = ();

    async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
        Ok(Self)
    }
}

fn main() {
    let descriptor = <Sitemap as Plugin>::DESCRIPTOR;
    assert_eq!(descriptor.id.as_str(), "site.sitemap");
    assert_eq!(descriptor.location.file, "../../../../plugins/sitemap/plugin.toml");
}
