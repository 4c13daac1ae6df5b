//! A plugin makes itself the context of another.

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

    async fn init(ctx: &Context<Self>, (): ()) -> Result<Self, Error> {
        let _ = borrow(ctx);
        Ok(Self)
    }
}

pub struct Rich;

fn borrow(ctx: &Context<Sitemap>) -> &Context<Rich> {
    ctx
}

fn main() {}
