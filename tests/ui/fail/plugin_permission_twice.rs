//! A permission is declared twice.

use keyway::prelude::*;

mod sdk {
    keyway::permission! {
        /// Use the cache.
        pub trait Cache = "cms.cache", scope = Topic;
    }
}

#[derive(Plugin)]
#[plugin(manifest_text = r#"
manifest-version = 1
[plugin]
id = "site.plugin"
version = "1.0.0"
host = "*"
"#, permissions("cms.cache" = sdk::Cache, "cms.cache" = sdk::Cache))]
pub struct Sitemap;

impl Lifecycle for Sitemap {
    type Config = ();

    async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
        Ok(Self)
    }
}

fn main() {}
