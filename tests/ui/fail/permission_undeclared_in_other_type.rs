//! A helper type uses the context without the bound.

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
        let _ = read(ctx);
        Ok(Self)
    }
}

fn read<P: Plugin>(ctx: &Context<P>) -> Result<Files, Error> {
    ctx.files()
}

fn main() {}
