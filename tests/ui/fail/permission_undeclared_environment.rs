//! A plugin uses `env.read`, which its manifest does not ask for.

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
        let _ = ctx.environment()?;
        Ok(Self)
    }
}

fn main() {}
