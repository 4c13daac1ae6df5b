//! A trait is listed that is no extension point.

use keyway::prelude::*;

pub trait Route: Send + Sync {}

#[derive(Plugin)]
#[plugin(
    manifest_text = r#"
manifest-version = 1
[plugin]
id = "site.plugin"
version = "1.0.0"
host = "*"
"#,
    provides(Route)
)]
pub struct Sitemap;

impl Lifecycle for Sitemap {
    type Config = ();

    async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
        Ok(Self)
    }
}

impl Route for Sitemap {}

fn main() {}
