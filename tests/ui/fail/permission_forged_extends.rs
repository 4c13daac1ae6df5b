//! A plugin claims an extension without the derive.

use keyway::extension_point;
use keyway::prelude::*;

#[extension_point(id = "site.route", version = "1.0.0", on_failure = "open")]
pub trait Route {
    fn path(&self) -> String;
}

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

    async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
        Ok(Self)
    }
}

impl keyway::Extends<dyn Route> for Sitemap {}

fn shield(plugin: &std::sync::Arc<Sitemap>) -> std::sync::Arc<<dyn Route as keyway::ExtensionPoint>::Shielded> {
    <dyn Route as keyway::__private::Carries<Sitemap>>::shield(plugin)
}

fn main() {}
