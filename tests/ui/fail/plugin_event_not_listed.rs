//! An event is published that the attribute does not list, and one is subscribed to without code for it.

use keyway::prelude::*;

#[derive(Event)]
#[event(topic = "content.changed", version = "1.0.0")]
pub struct ContentChanged;

#[derive(Plugin)]
#[plugin(
    subscribes(ContentChanged),
    manifest_text = r#"
manifest-version = 1
[plugin]
id = "site.pages"
version = "1.0.0"
host = "*"
[permissions]
"events.publish" = { scope = ["content.*"], reason = "tells of changes" }
"events.subscribe" = { scope = ["content.*"], reason = "listens to itself" }
"#
)]
pub struct Pages;

impl Lifecycle for Pages {
    type Config = ();

    async fn init(ctx: &Context<Self>, (): ()) -> Result<Self, Error> {
        ctx.publisher::<ContentChanged>()?;
        let _inferred: Publisher<ContentChanged> = ctx.publisher()?;
        Ok(Self)
    }
}

fn main() {}
