//! A service is implemented, and the manifest misspells it.

use keyway::prelude::*;
use keyway::{CallError, extension_point};

#[extension_point(id = "service.storage", version = "1.2.0", on_failure = "closed")]
pub trait Storage {
    fn load(&self, name: &str) -> Result<String, CallError>;
}

#[derive(Plugin)]
#[plugin(
    manifest_text = r#"
manifest-version = 1
[plugin]
id = "site.plugin"
version = "1.0.0"
host = "*"
[provides]
"service.storge" = "1.2.0"
"#,
    provides(Storage)
)]
pub struct Drafts;

impl Lifecycle for Drafts {
    type Config = ();

    async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
        Ok(Self)
    }
}

impl Storage for Drafts {
    fn load(&self, name: &str) -> Result<String, CallError> {
        Ok(name.to_owned())
    }
}

fn main() {}
