//! Every mistake that can be made in a list of subscriptions.

use keyway::prelude::*;

#[derive(Event)]
#[event(topic = "content.changed", version = "1.0.0")]
pub struct ContentChanged;

#[derive(Event)]
#[event(topic = "content.removed", version = "1.0.0")]
pub struct ContentRemoved;

#[derive(Plugin)]
#[plugin(
    publishes(ContentChanged, ContentChanged),
    subscribes(ContentChanged(delivery = "later", capacity = 0, when_full = "panic", capcity = 3)),
    subscribes(ContentRemoved(delivery = "sync", capacity = 3)),
    observes("content.*"(delivery = "sync"), "Content changes"),
    manifest_text = r#"
manifest-version = 1
[plugin]
id = "site.pages"
version = "1.0.0"
host = "*"
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
