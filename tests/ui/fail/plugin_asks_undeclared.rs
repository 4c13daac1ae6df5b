//! A hook is asked, and the attribute does not name it; another trait that the attribute names is no hook.

use keyway::prelude::*;
use keyway::{CallError, extension_point};

#[extension_point(id = "site.before-delete", version = "1.0.0", on_failure = "closed", mode = "veto")]
pub trait BeforeDelete {
    async fn may_delete(&self, path: &str) -> Result<(), CallError>;
}

#[extension_point(id = "site.route", version = "1.0.0", on_failure = "open")]
pub trait Route {
    fn path(&self) -> String;
}

#[derive(Plugin)]
#[plugin(
    asks(Route),
    manifest_text = r#"
manifest-version = 1
[plugin]
id = "site.plugin"
version = "1.0.0"
host = "*"
"#
)]
pub struct Tidy;

impl Lifecycle for Tidy {
    type Config = ();

    async fn init(ctx: &Context<Self>, (): ()) -> Result<Self, Error> {
        let _ = ctx.hook::<dyn BeforeDelete>()?;
        Ok(Self)
    }
}

fn main() {}
