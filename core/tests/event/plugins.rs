//! Events, and plugins that publish them, listen to them and behave badly.

#![expect(unreachable_pub, reason = "a plugin is `pub`, and so is what its traits name")]

use keyway::Event;
use keyway::extension_point;
use serde::ser::{SerializeStruct, Serializer};

/// Something was changed.
#[derive(Event, Debug, Clone, PartialEq, Eq)]
#[event(topic = "content.changed", version = "1.0.0", serialize)]
pub struct Changed {
    /// What.
    #[event(key)]
    pub path: String,
    /// How often so far.
    pub number: u64,
}

impl serde::Serialize for Changed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Changed", 2)?;
        object.serialize_field("path", &self.path)?;
        object.serialize_field("number", &self.number)?;
        object.end()
    }
}

/// Something was removed.
#[derive(Event, Debug)]
#[event(topic = "content.removed", version = "1.2.0")]
pub struct Removed(pub String);

/// A matter of users.
#[derive(Event, Debug)]
#[event(topic = "user.made", version = "1.0.0")]
pub struct Made;

/// Makes a plugin publish.
#[extension_point(id = "test.write", version = "1.0.0", on_failure = "open", deadline = "none")]
pub trait Write {
    /// Publishes `Changed`.
    async fn write(&self, path: &str, number: u64);
}

pub fn changed(path: &str, number: u64) -> Changed {
    Changed { path: path.to_owned(), number }
}

/// Publishes what it is told to.
pub mod writer {
    use keyway::event::Publisher;
    use keyway::{Context, Error, Lifecycle, Plugin};

    use super::{Changed, Write, changed};

    #[derive(Plugin)]
    #[plugin(
        provides(Write),
        publishes(Changed),
        manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.writer"
        version = "1.0.0"
        host = "*"
        [permissions]
        "events.publish" = { scope = ["content.*"], reason = "tells of changes", optional = true }
    "#
    )]
    pub struct Writer {
        pub changed: Result<Publisher<Changed>, String>,
    }

    impl Lifecycle for Writer {
        type Config = ();

        async fn init(ctx: &Context<Self>, (): ()) -> Result<Self, Error> {
            Ok(Self { changed: ctx.publisher().map_err(|error| error.to_string()) })
        }

        async fn stop(&self) -> Result<(), Error> {
            if let Ok(publisher) = &self.changed {
                publisher.publish(changed("farewell", 0)).await;
            }
            Ok(())
        }
    }

    impl Write for Writer {
        async fn write(&self, path: &str, number: u64) {
            if let Ok(publisher) = &self.changed {
                publisher.publish(changed(path, number)).await;
            }
        }
    }
}

/// Writes down what it is told, later and at once.
pub mod reader {
    use std::sync::Mutex;

    use keyway::event::{Envelope, ImmediateSubscriber, Observer, Subscriber};
    use keyway::{Context, Error, Lifecycle, Plugin};

    use super::{Changed, Removed};

    #[derive(Plugin)]
    #[plugin(
        subscribes(Changed, Removed(delivery = "sync")),
        observes("*.*"),
        manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.reader"
        version = "1.0.0"
        host = "*"
        [permissions]
        "events.subscribe" = { scope = ["content.*", "**"], reason = "writes them down", optional = true }
    "#
    )]
    #[derive(Default)]
    pub struct Reader {
        pub changed: Mutex<Vec<u64>>,
        pub removed: Mutex<Vec<String>>,
        pub observed: Mutex<Vec<String>>,
    }

    impl Lifecycle for Reader {
        type Config = ();

        async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
            Ok(Self::default())
        }
    }

    impl Subscriber<Changed> for Reader {
        async fn on(&self, event: &Changed) -> Result<(), Error> {
            tokio::task::yield_now().await;
            self.changed.lock().unwrap().push(event.number);
            Ok(())
        }
    }

    impl ImmediateSubscriber<Removed> for Reader {
        fn on_now(&self, event: &Removed) -> Result<(), Error> {
            self.removed.lock().unwrap().push(event.0.clone());
            Ok(())
        }
    }

    impl Observer for Reader {
        async fn observe(&self, event: &Envelope<'_>) -> Result<(), Error> {
            let content = event.serialize().map(serde_json::to_string).transpose()?.unwrap_or_default();
            let line = format!("{} {} {} {content}", event.topic(), event.info().version, event.publisher());
            self.observed.lock().unwrap().push(line.trim_end().to_owned());
            Ok(())
        }
    }
}

/// Does to each event what its content says.
pub mod villain {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicBool, Ordering};

    use keyway::event::{ImmediateSubscriber, Subscriber};
    use keyway::{Context, Error, Lifecycle, Plugin};

    use super::{Changed, Removed};

    #[derive(Plugin)]
    #[plugin(
        subscribes(Changed(capacity = 4), Removed(delivery = "sync")),
        manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.a-villain"
        version = "1.0.0"
        host = "*"
        [limits]
        call = "30ms"
        [permissions]
        "events.subscribe" = { scope = ["content.*"], reason = "makes trouble" }
    "#
    )]
    #[derive(Default)]
    pub struct Villain {
        pub done: Mutex<Vec<u64>>,
        /// Set by a test that wants `on_now` to hang.
        pub is_held: AtomicBool,
    }

    impl Lifecycle for Villain {
        type Config = ();

        async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
            Ok(Self::default())
        }
    }

    impl Subscriber<Changed> for Villain {
        async fn on(&self, event: &Changed) -> Result<(), Error> {
            match event.path.as_str() {
                "panic" => panic!("boom {}", event.number),
                "hang" => std::future::pending().await,
                "fail" => return Err(Error::message("no such luck")),
                _ => self.done.lock().unwrap().push(event.number),
            }
            Ok(())
        }
    }

    impl ImmediateSubscriber<Removed> for Villain {
        fn on_now(&self, event: &Removed) -> Result<(), Error> {
            if event.0 == "hang" {
                while self.is_held.load(Ordering::Acquire) {
                    std::thread::yield_now();
                }
                return Ok(());
            }
            panic!("cannot bear that `{}` is gone", event.0)
        }
    }
}

/// Answers each event with another one of the same kind.
pub mod echo {
    use std::sync::atomic::{AtomicU64, Ordering};

    use keyway::event::{ImmediateSubscriber, Publisher};
    use keyway::{Context, Error, Lifecycle, Plugin};

    use super::Made;

    #[derive(Plugin)]
    #[plugin(
        publishes(Made),
        subscribes(Made(delivery = "sync")),
        manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.echo"
        version = "1.0.0"
        host = "*"
        [permissions]
        "events.publish" = { scope = ["user.made"], reason = "answers" }
        "events.subscribe" = { scope = ["user.made"], reason = "listens" }
    "#
    )]
    pub struct Echo {
        pub heard: AtomicU64,
        made: Publisher<Made>,
    }

    impl Lifecycle for Echo {
        type Config = ();

        async fn init(ctx: &Context<Self>, (): ()) -> Result<Self, Error> {
            Ok(Self { heard: AtomicU64::new(0), made: ctx.publisher()? })
        }
    }

    impl ImmediateSubscriber<Made> for Echo {
        fn on_now(&self, _: &Made) -> Result<(), Error> {
            self.heard.fetch_add(1, Ordering::Relaxed);
            Ok(self.made.try_publish(Made)?)
        }
    }
}
