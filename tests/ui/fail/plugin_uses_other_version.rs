//! The manifest requires another version of a service than the trait has.

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
[requires]
"service.storage" = "^2"
"#,
    uses(Storage)
)]
pub struct Drafts;

impl Lifecycle for Drafts {
    type Config = ();

    async fn init(ctx: &Context<Self>, (): ()) -> Result<Self, Error> {
        let _ = ctx.service::<dyn Storage>()?;
        Ok(Self)
    }
}

fn main() {}
