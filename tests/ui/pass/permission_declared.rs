//! What the manifest asks for can be used, also by a function for any plugin that asks for it.

use keyway::permission::FilesystemRead;
use keyway::prelude::*;

#[derive(Plugin)]
#[plugin(manifest_text = r#"
manifest-version = 1
[plugin]
id = "test.reader"
host = "*"
[permissions]
"filesystem.read" = { scope = ["content/**"], reason = "reads the pages" }
"filesystem.write" = { scope = ["cache/**"], reason = "keeps them" }
"env.read" = { scope = ["SITE_TOKEN"], reason = "knows the site" }
"#)]
pub struct Reader(Files, FilesMut, Environment);

fn files<P: Plugin + FilesystemRead>(ctx: &Context<P>) -> Result<Files, Error> {
    ctx.files()
}

impl Lifecycle for Reader {
    type Config = ();

    async fn init(ctx: &Context<Self>, (): ()) -> Result<Self, Error> {
        Ok(Self(files(ctx)?, ctx.files_mut()?, ctx.environment()?))
    }
}

fn main() {
    let descriptor = <Reader as Plugin>::DESCRIPTOR;
    assert!(descriptor.declares("env.read") && !descriptor.declares("network.client"));
}
