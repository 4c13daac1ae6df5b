//! The manifest misspells a topic that the plugin publishes on.

use keyway::prelude::*;

#[derive(Event)]
#[event(topic = "guestbook.signed", version = "1.0.0")]
pub struct Signed;

#[derive(Plugin)]
#[plugin(
    publishes(Signed),
    manifest_text = r#"
manifest-version = 1
[plugin]
id = "site.guestbook"
version = "1.0.0"
host = "*"
[permissions]
"events.publish" = { scope = ["guestbok.*"], reason = "tells who signed" }
"#
)]
pub struct Guestbook;

impl Lifecycle for Guestbook {
    type Config = ();

    async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
        Ok(Self)
    }
}

fn main() {}
