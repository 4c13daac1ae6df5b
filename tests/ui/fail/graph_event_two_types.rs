//! Two plugins of one build mean different events by one topic.

mod old_sdk {
    #[derive(keyway::Event)]
    #[event(topic = "content.changed", version = "1.0.0")]
    pub struct ContentChanged {
        pub path: String,
    }
}

mod new_sdk {
    #[derive(keyway::Event)]
    #[event(topic = "content.changed", version = "2.0.0")]
    pub struct ContentChanged {
        pub path: String,
        pub by: String,
    }
}

mod pages {
    use crate::new_sdk::ContentChanged;
    use keyway::prelude::*;

    #[derive(Plugin)]
    #[plugin(publishes(ContentChanged), manifest_text = r#"
manifest-version = 1
[plugin]
id = "site.pages"
version = "1.2.0"
host = "*"
[permissions]
"events.publish" = { scope = ["content.*"], reason = "tells of changes" }
"#)]
    pub struct Pages;

    impl Lifecycle for Pages {
        type Config = ();

        async fn init(ctx: &Context<Self>, (): ()) -> Result<Self, Error> {
            ctx.publisher::<ContentChanged>()?;
            Ok(Self)
        }
    }
}

mod feed {
    use crate::old_sdk::ContentChanged;
    use keyway::prelude::*;

    #[derive(Plugin)]
    #[plugin(subscribes(ContentChanged), manifest_text = r#"
manifest-version = 1
[plugin]
id = "site.feed"
version = "1.0.0"
host = "*"
[permissions]
"events.subscribe" = { scope = ["content.changed"], reason = "writes the feed anew" }
"#)]
    pub struct Feed;

    impl Lifecycle for Feed {
        type Config = ();

        async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
            Ok(Self)
        }
    }

    impl Subscriber<ContentChanged> for Feed {
        async fn on(&self, _: &ContentChanged) -> Result<(), Error> {
            Ok(())
        }
    }
}

keyway::host! { policy = grant_requested, plugins = [pages, feed] }

fn main() {
    let _ = plugins();
}
