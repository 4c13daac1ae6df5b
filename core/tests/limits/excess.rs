//! Plugins that hold more of the program's memory than they may.

#![expect(unreachable_pub, reason = "a plugin is `pub`, and so is what its traits name")]

use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use keyway::extension_point;
use keyway::host::{State, StateChange, audit};
use keyway::prelude::*;
use keyway::testing::{RunningTestHost, TestHost};

use crate::Folder;

/// What a glutton does.
#[extension_point(id = "test.eat", version = "1.0.0", on_failure = "open")]
pub trait Eat {
    /// Keeps so many bytes more.
    fn eat(&self, bytes: usize);
    /// Gives everything away.
    fn fast(&self);
}

/// May have 8 MiB.
#[derive(Plugin)]
#[plugin(
    provides(Eat),
    manifest_text = r#"
    manifest-version = 1
    [plugin]
    id = "test.glutton"
    version = "1.0.0"
    host = "*"
    [limits]
    memory = "8MiB"
"#
)]
pub struct Glutton(Mutex<Vec<Vec<u8>>>);

impl Lifecycle for Glutton {
    type Config = ();

    async fn init(_ctx: &Context<Self>, (): ()) -> Result<Self, Error> {
        Ok(Self(Mutex::default()))
    }
}

impl Eat for Glutton {
    fn eat(&self, bytes: usize) {
        if let Ok(mut eaten) = self.0.lock() {
            eaten.push(vec![1; bytes]);
        }
    }

    fn fast(&self) {
        if let Ok(mut eaten) = self.0.lock() {
            eaten.clear();
        }
    }
}

async fn start(config: &str, folder: &Folder) -> (RunningTestHost, Receiver<StateChange>) {
    let (sender, changes) = channel();
    let sender = Mutex::new(sender);
    let config: toml::Table = config.parse().unwrap();
    let path = folder.0.clone();
    let host = TestHost::new().plugin::<Glutton>().data_folder(path).adjust(move |builder| {
        let tell = move |change: &StateChange| {
            let _ = sender.lock().unwrap().send(*change);
        };
        builder.config(config).on_state(tell).hang_after(Duration::from_millis(40))
    });
    (host.start().await.unwrap(), changes)
}

/// Waits for a state, a minute at most.
async fn reaches(changes: &Arc<Mutex<Receiver<StateChange>>>, state: State) {
    let changes = Arc::clone(changes);
    let wait = move || {
        let changes = changes.lock().unwrap();
        while changes.recv_timeout(Duration::from_mins(1)).expect("the state is reached").to != state {}
    };
    tokio::task::spawn_blocking(wait).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_default_it_is_told_and_shown_until_the_plugin_has_given_back() {
    let folder = Folder::new();
    let (host, changes) = start("", &folder).await;
    let changes = Arc::new(Mutex::new(changes));
    reaches(&changes, State::Ok).await;
    let eat = host.extensions::<dyn Eat>();
    eat[0].eat(4 << 20);
    eat[0].eat(12 << 20);
    reaches(&changes, State::RecoverableError).await;
    assert!(host.plugin("test.glutton").unwrap().usage.heap.unwrap().used > 8 << 20);
    eat[0].fast();
    reaches(&changes, State::Ok).await;
    drop(eat);
    assert!(host.stop().await.is_clean());
    let entries = audit::read(&folder.0).unwrap();
    let told: Vec<_> = entries.iter().filter(|entry| entry.kind == "limit-exceeded").collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!((&*told[0].details["code"], &*told[0].details["limit"]), ("KW0664", "8388608"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_operator_can_have_it_switched_off() {
    let folder = Folder::new();
    let (host, changes) = start("[host.limits.'test.glutton']\non-excess = 'disable'", &folder).await;
    let changes = Arc::new(Mutex::new(changes));
    reaches(&changes, State::Ok).await;
    host.extensions::<dyn Eat>()[0].eat(16 << 20);
    reaches(&changes, State::Stopped).await;
    // The switch is over once another can be made.
    host.enable("test.glutton", keyway::host::Dependents::Refuse).await.unwrap();
    assert_eq!(host.plugin("test.glutton").unwrap().state, State::Ok);
    assert!(host.plugin("test.glutton").unwrap().usage.heap.unwrap().used < 8 << 20, "its memory went with it");
    host.stop().await;
}
