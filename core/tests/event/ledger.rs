//! Durable events of three versions, and plugins that subscribe to them.

#![expect(unreachable_pub, reason = "a plugin is `pub`, and so is what its traits name")]

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use keyway::event::Subscriber;
use keyway::{Context, Error, Event, Lifecycle, Plugin};
use serde::{Deserialize, Serialize};

/// Something was entered.
#[derive(Event, Debug, Serialize, Deserialize)]
#[event(topic = "ledger.entry", version = "1.0.0", durable)]
pub struct Entry {
    /// Which one.
    pub number: u64,
    /// What the clerk is to do with it.
    pub text: String,
}

/// The same topic in a later build.
#[derive(Event, Debug, Serialize, Deserialize)]
#[event(topic = "ledger.entry", version = "2.0.0", durable)]
pub struct NewEntry {
    /// Which one.
    pub number: u64,
}

/// The same topic, of another type.
#[derive(Event, Debug, Serialize, Deserialize)]
#[event(topic = "ledger.entry", version = "0.9.0", durable)]
pub struct OldEntry;

/// Writes numbers down, as far as there is ink.
#[derive(Plugin, Default)]
#[plugin(
    subscribes(Entry),
    manifest_text = r#"
    manifest-version = 1
    [plugin]
    id = "test.clerk"
    version = "1.0.0"
    host = "*"
    [permissions]
    "events.subscribe" = { scope = ["ledger.*"], reason = "writes them down" }
"#
)]
pub struct Clerk {
    pub told: Mutex<Vec<u64>>,
    pub has_ink: AtomicBool,
    failures: AtomicU32,
}

impl Lifecycle for Clerk {
    type Config = ();

    async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
        Ok(Self::default())
    }
}

impl Subscriber<Entry> for Clerk {
    async fn on(&self, event: &Entry) -> Result<(), Error> {
        match event.text.as_str() {
            "fail" if !self.has_ink.load(Ordering::Relaxed) => return Err(Error::message("out of ink")),
            "fail twice" if self.failures.fetch_add(1, Ordering::Relaxed) < 2 => return Err(Error::message("a blot")),
            "panic" => panic!("ink everywhere"),
            "abort" => std::process::abort(),
            _ => self.told.lock().unwrap().push(event.number),
        }
        Ok(())
    }
}

/// The same plugin in a later build.
pub mod later {
    use std::sync::Mutex;

    use keyway::event::Subscriber;
    use keyway::{Context, Error, Lifecycle, Plugin};

    use super::NewEntry;

    /// Was the clerk of a later build.
    #[derive(Plugin, Default)]
    #[plugin(
        subscribes(NewEntry),
        manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.clerk"
        version = "2.0.0"
        host = "*"
        [permissions]
        "events.subscribe" = { scope = ["ledger.*"], reason = "writes them down" }
    "#
    )]
    pub struct Newcomer {
        pub told: Mutex<Vec<u64>>,
    }

    impl Lifecycle for Newcomer {
        type Config = ();

        async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
            Ok(Self::default())
        }
    }

    impl Subscriber<NewEntry> for Newcomer {
        async fn on(&self, event: &NewEntry) -> Result<(), Error> {
            self.told.lock().unwrap().push(event.number);
            Ok(())
        }
    }
}
