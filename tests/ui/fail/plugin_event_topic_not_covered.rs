//! The manifest covers none of the topics that a plugin publishes on, subscribes to and observes.

use keyway::prelude::*;

#[derive(Event)]
#[event(topic = "content.changed", version = "1.0.0")]
pub struct ContentChanged;

#[derive(Plugin)]
#[plugin(
    publishes(ContentChanged),
    subscribes(ContentChanged(delivery = "sync")),
    observes("user.*"),
    manifest_text = r#"
manifest-version = 1
[plugin]
id = "site.pages"
version = "1.0.0"
host = "*"
[permissions]
"events.publish" = { scope = ["content.removed"], reason = "tells of changes" }
"events.subscribe" = { scope = ["user.made"], reason = "greets them" }
"#
)]
pub struct Pages;

impl Lifecycle for Pages {
    type Config = ();

    async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
        Ok(Self)
    }
}

impl ImmediateSubscriber<ContentChanged> for Pages {
    fn on_now(&self, _: &ContentChanged) -> Result<(), Error> {
        Ok(())
    }
}

impl Observer for Pages {
    async fn observe(&self, _: &Envelope<'_>) -> Result<(), Error> {
        Ok(())
    }
}

fn main() {}
