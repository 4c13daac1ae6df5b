//! A trait is listed twice.

use keyway::extension_point;
use keyway::prelude::*;

#[extension_point(id = "site.route", version = "1.0.0", on_failure = "open")]
pub trait Route {
    fn path(&self) -> String;
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
    provides(Route, Route)
)]
pub struct Sitemap;

impl Lifecycle for Sitemap {
    type Config = ();

    async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
        Ok(Self)
    }
}

impl Route for Sitemap {
    fn path(&self) -> String {
        String::new()
    }
}

fn main() {}
