//! Durable events: stored before they are told, and told again until each subscriber has dealt with them.
//!
//! A thread of its own writes to the database, many events in one commit. Each subscription has a cursor there: all events up to it
//! are done. What cannot be delivered ends as a dead letter, with the reason.

#[cfg(not(feature = "data"))]
mod absent;
#[cfg(feature = "data")]
mod database;
#[cfg(feature = "data")]
mod delivery;
mod options;
#[cfg(feature = "data")]
mod retention;
#[cfg(feature = "data")]
mod store;
#[cfg(feature = "data")]
mod writer;

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
#[cfg(feature = "data")]
use std::time::Duration;
use std::time::SystemTime;

use serde::ser::{Serialize, SerializeStruct, Serializer};

pub use options::DurableOptions;
pub(in crate::host) use options::DurableSettings;

#[cfg(not(feature = "data"))]
pub(in crate::host) use absent::{Place, Store, deliver};
#[cfg(feature = "data")]
pub(super) use delivery::deliver;
#[cfg(feature = "data")]
pub(in crate::host) use store::{Place, Store};

/// What became of one attempt to deliver an event.
#[cfg(feature = "data")]
pub(super) enum Tried {
    /// The subscriber dealt with it.
    Done,
    /// The subscriber cannot be called now; after this time perhaps.
    NotNow(Option<Duration>),
    /// The subscriber failed, and how.
    Failed(String),
}

/// How far a subscription to a durable event is, for operators.
#[derive(Debug, Default)]
pub(in crate::host) struct Progress {
    waiting: AtomicU64,
    dead: AtomicU64,
    attempts: AtomicU32,
}

/// A subscription to a durable event at one moment. Serialises for JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct DurableInfo {
    /// Stored events that the subscriber has not dealt with.
    pub waiting: u64,
    /// Events that were given up for it, in this run and before; [`Host::dead_letters`](crate::Host::dead_letters) lists them.
    pub dead_letters: u64,
    /// How often the event whose turn it is was tried so far without success; an attempt that the end of the program cut off counts.
    pub attempts: u32,
}

impl Progress {
    pub(super) fn info(&self) -> DurableInfo {
        DurableInfo {
            waiting: self.waiting.load(Ordering::Relaxed),
            dead_letters: self.dead.load(Ordering::Relaxed),
            attempts: self.attempts.load(Ordering::Relaxed),
        }
    }
}

/// A durable event that was given up for one subscriber. Serialises for JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeadLetter {
    /// Names the letter.
    pub id: i64,
    /// The subscriber that could not deal with it.
    pub plugin: String,
    /// The topic.
    pub topic: String,
    /// The version of the event's schema when it was published.
    pub version: String,
    /// Who published it.
    pub publisher: String,
    /// When it was published.
    pub published: SystemTime,
    /// What it says, as JSON.
    pub body: String,
    /// How often it was tried.
    pub attempts: u32,
    /// Why it was given up.
    pub reason: String,
}

impl Serialize for DurableInfo {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Durable", 3)?;
        object.serialize_field("waiting", &self.waiting)?;
        object.serialize_field("dead_letters", &self.dead_letters)?;
        object.serialize_field("attempts", &self.attempts)?;
        object.end()
    }
}

impl Serialize for DeadLetter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let published = self.published.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let mut object = serializer.serialize_struct("DeadLetter", 9)?;
        object.serialize_field("id", &self.id)?;
        object.serialize_field("plugin", &self.plugin)?;
        object.serialize_field("topic", &self.topic)?;
        object.serialize_field("version", &self.version)?;
        object.serialize_field("publisher", &self.publisher)?;
        object.serialize_field("published_ms", &u64::try_from(published.as_millis()).unwrap_or(u64::MAX))?;
        object.serialize_field("body", &self.body)?;
        object.serialize_field("attempts", &self.attempts)?;
        object.serialize_field("reason", &self.reason)?;
        object.end()
    }
}
