//! What the derive puts into the trait of a permission is written by hand.

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
        let _ = ctx.files()?;
        Ok(Self)
    }
}

impl keyway::permission::FilesystemRead for Sitemap {
    type DeclaredInTheManifest = keyway::__private::Declared<Self>;
}

fn main() {}
