//! A plugin subscribes to a hook by a misspelt name.

use keyway::extension_point;
use keyway::prelude::*;

#[extension_point(id = "site.after-delete", version = "1.0.0", on_failure = "open", mode = "all")]
pub trait AfterDelete {
    fn deleted(&self, path: &str);
}

#[derive(Plugin)]
#[plugin(
    manifest_text = r#"
manifest-version = 1
[plugin]
id = "site.plugin"
version = "1.0.0"
host = "*"
"#,
    provides(AfterDelte)
)]
pub struct Links;

impl Lifecycle for Links {
    type Config = ();

    async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
        Ok(Self)
    }
}

impl AfterDelete for Links {
    fn deleted(&self, _: &str) {}
}

fn main() {}
