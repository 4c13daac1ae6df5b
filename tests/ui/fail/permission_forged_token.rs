//! The constant of a permission is written by hand.

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
    const DECLARED_IN_THE_MANIFEST: keyway::__private::Declared<Self> =
        keyway::__private::Declared::in_manifest("filesystem.read");
}

fn main() {}
