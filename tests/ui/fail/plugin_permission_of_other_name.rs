//! The trait stands for another permission.

use keyway::prelude::*;

mod sdk {
    keyway::permission! {
        /// Use the store.
        pub trait Store = "cms.store", scope = Topic;
    }
}

#[derive(Plugin)]
#[plugin(manifest_text = r#"
manifest-version = 1
[plugin]
id = "site.plugin"
version = "1.0.0"
host = "*"
[permissions]
"cms.cache" = { scope = ["pages.*"], reason = "keeps pages" }
"#, permissions("cms.cache" = sdk::Store))]
pub struct Sitemap;

impl Lifecycle for Sitemap {
    type Config = ();

    async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
        Ok(Self)
    }
}

fn main() {}
