//! A subscription that wants a durable event at once, though it is delivered from the database.

use keyway::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
#[event(topic = "shop.ordered", version = "1.0.0", durable)]
pub struct Ordered;

#[derive(Plugin)]
#[plugin(
    subscribes(Ordered(delivery = "sync")),
    manifest_text = r#"
manifest-version = 1
[plugin]
id = "shop.post"
version = "1.0.0"
host = "*"
[permissions]
"events.subscribe" = { scope = ["shop.*"], reason = "sends parcels" }
"#
)]
pub struct Post;

impl keyway::event::ImmediateSubscriber<Ordered> for Post {
    fn on_now(&self, _: &Ordered) -> Result<(), Error> {
        Ok(())
    }
}

impl Lifecycle for Post {
    type Config = ();

    async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
        Ok(Self)
    }
}

fn main() {}
