//! A point wants a permission that the plugin's manifest does not ask for.

use keyway::extension_point;
use keyway::prelude::*;

#[extension_point(id = "site.route", version = "1.0.0", on_failure = "open", permission = keyway::permission::HttpRoutes)]
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
    provides(Route)
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
        "/sitemap.xml".to_owned()
    }
}

fn main() {}
