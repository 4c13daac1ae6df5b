//! The SDK of the plugins that every tier runs: a point, hook, service and event of each kind.

use keyway::{Boundary, Error, Event, extension_point};
use serde::{Deserialize, Serialize};

keyway::sdk!();

/// Does what a test tells it to.
#[extension_point(id = "conform.act", version = "1.0.0", on_failure = "closed", break_on = "nothing")]
pub trait Act {
    /// Does it now.
    ///
    /// # Errors
    /// What came of it instead.
    fn now(&self, act: &str) -> Result<Told, Error>;

    /// Does it in a future.
    ///
    /// # Errors
    /// What came of it instead.
    async fn later(&self, act: &str) -> Result<Told, Error>;
}

/// Fails as it is told, behind a deadline and a breaker.
#[extension_point(id = "conform.fragile", version = "1.0.0", on_failure = "closed", deadline = "100ms")]
pub trait Fragile {
    /// Panics unless the word is `well`; never answers if it is `never`.
    ///
    /// # Errors
    /// When the call fails.
    async fn be(&self, word: &str) -> Result<(), Error>;
}

/// May fail without anybody being told.
#[extension_point(id = "conform.open", version = "1.0.0", on_failure = "open")]
pub trait Open {
    /// The word in capitals; panics without one.
    fn shout(&self, word: &str) -> Option<String>;
}

/// Is made anew after a panic.
#[extension_point(id = "conform.ledger", version = "1.0.0", on_failure = "closed", after_panic = "restart")]
pub trait Ledger {
    /// Adds to what is there; panics with zero.
    ///
    /// # Errors
    /// When the call fails.
    fn add(&self, number: u64) -> Result<u64, Error>;
}

/// Asked until one knows.
#[extension_point(id = "conform.find", version = "1.0.0", on_failure = "open", mode = "first")]
pub trait Find {
    /// What it knows of a word.
    fn find(&self, word: &str) -> Option<String>;
}

/// Asked all together.
#[extension_point(id = "conform.names", version = "1.0.0", on_failure = "open", mode = "all")]
pub trait Names {
    /// All that it knows.
    async fn names(&self) -> Vec<String>;
}

/// Changes a title, each after the other.
#[extension_point(id = "conform.title", version = "1.0.0", on_failure = "closed", mode = "fold")]
pub trait Title {
    /// The changed title.
    ///
    /// # Errors
    /// When it cannot be changed.
    fn title(&self, title: &str) -> Result<String, Error>;
}

/// Asked before something is removed.
#[extension_point(id = "conform.may-remove", version = "1.0.0", on_failure = "closed", mode = "veto")]
pub trait MayRemove {
    /// The error is the reason.
    ///
    /// # Errors
    /// Why not.
    async fn may_remove(&self, name: &str) -> Result<(), Error>;
}

/// Told what happens, and what happened before it came.
#[extension_point(id = "conform.news", version = "1.0.0", on_failure = "open", mode = "all", historic)]
pub trait News {
    /// One piece of it.
    async fn news(&self, text: &str);
}

/// A service that the program's own plugin has.
#[extension_point(id = "service.words", version = "1.0.0", on_failure = "closed")]
pub trait Words {
    /// What it says to a word.
    ///
    /// # Errors
    /// When it has nothing to say.
    fn say(&self, word: &str) -> Result<Told, Error>;
}

/// A service of the plugin that every tier runs.
#[extension_point(id = "service.greetings", version = "1.0.0", on_failure = "closed")]
pub trait Greetings {
    /// Greets somebody.
    ///
    /// # Errors
    /// When it does not.
    async fn greet(&self, names: Vec<String>) -> Result<Vec<Told>, Error>;
}

/// An answer, with parts of several kinds.
#[derive(Debug, Clone, PartialEq, Eq, Boundary)]
pub enum Told {
    /// Nothing more to say.
    Done,
    /// A text.
    Text(String),
    /// Numbers with names.
    Counts {
        /// All of them.
        counts: Vec<(String, u64)>,
        /// Their sum, if it is known.
        sum: Option<u64>,
    },
}

/// Something was saved; waits in a queue.
#[derive(Event, Debug, Clone, Serialize)]
#[event(topic = "conform.saved", version = "1.0.0", serialize)]
pub struct Saved {
    /// What.
    #[event(key)]
    pub name: String,
    /// How often.
    pub times: u64,
}

/// Something was removed; told at once.
#[derive(Event, Debug, Clone)]
#[event(topic = "conform.removed", version = "1.0.0")]
pub struct Removed {
    /// What.
    pub name: String,
}

/// Something that must not be forgotten.
#[derive(Event, Debug, Clone, Serialize, Deserialize)]
#[event(topic = "conform.kept", version = "1.0.0", durable)]
pub struct Kept {
    /// What.
    pub name: String,
}
