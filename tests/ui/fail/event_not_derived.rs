//! A type without the derive is published.

use keyway::prelude::*;

pub struct ContentChanged;

#[derive(Plugin)]
#[plugin(
    publishes(ContentChanged),
    manifest_text = r#"
manifest-version = 1
[plugin]
id = "site.pages"
version = "1.0.0"
host = "*"
[permissions]
"events.publish" = { scope = ["content.*"], reason = "tells of changes" }
"#
)]
pub struct Pages;

impl Lifecycle for Pages {
    type Config = ();

    async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
        Ok(Self)
    }
}

fn main() {}
