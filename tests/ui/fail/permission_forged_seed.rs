//! A plugin opens a seed of its own.

use keyway::prelude::*;

#[derive(Plugin)]
#[plugin(manifest_text = r#"
manifest-version = 1
[plugin]
id = "site.plugin"
version = "1.0.0"
host = "*"
"#)]
pub struct Sitemap;

impl Lifecycle for Sitemap {
    type Config = ();

    async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
        Ok(Self)
    }
}

fn forge(seed: keyway::__private::Seed) -> Context<Sitemap> {
    seed.open::<Sitemap>().unwrap().0
}

fn main() {}
