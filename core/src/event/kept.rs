//! Durable events: what their type must be able to do, and what publishing them answers.

use std::fmt;

use keyway_manifest::PluginId;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What publishing an event answers: `()`, or for a durable one `Result<(), NotKept>`.
#[doc(hidden)]
pub trait Published: Send + 'static {
    /// Makes it from what became of the event.
    fn from_outcome(outcome: Result<(), NotKept>) -> Self;
}

impl Published for () {
    fn from_outcome(_: Result<(), NotKept>) {}
}

impl Published for Result<(), NotKept> {
    fn from_outcome(outcome: Self) -> Self {
        outcome
    }
}

/// A durable event could not be stored: nobody is told of it, and the publisher still has to deal with what it is about.
#[derive(Debug, Clone, PartialEq, Eq, keyway::Boundary)]
#[non_exhaustive]
pub struct NotKept {
    /// The topic.
    pub topic: PluginId,
    /// Why, for example that the disk is full.
    pub reason: String,
}

impl NotKept {
    /// The stable code; `docs/errors/` has its page.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "KW0655"
    }
}

impl fmt::Display for NotKept {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { topic, reason } = self;
        write!(formatter, "{} the durable event on `{topic}` was not stored: {reason}", self.code())
    }
}

impl std::error::Error for NotKept {}

/// A type that can be stored and read again; every type with serde's `Serialize` and `DeserializeOwned` is one.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "the durable event `{Self}` cannot be stored, because it lacks serde's `Serialize` or `Deserialize`",
    label = "a durable event is written to a file and read again",
    note = "put `#[derive(serde::Serialize, serde::Deserialize)]` on the type; it must own what it carries"
)]
pub trait Storable: Serialize + DeserializeOwned {}

#[diagnostic::do_not_recommend]
impl<E: Serialize + DeserializeOwned> Storable for E {}

/// How the events of one durable type are written and read.
#[doc(hidden)]
#[derive(Debug)]
pub struct Stored<E> {
    /// The event for a serializer.
    pub write: fn(&E) -> &dyn erased_serde::Serialize,
    /// An event from a deserializer.
    pub read: fn(&mut dyn erased_serde::Deserializer<'_>) -> Result<E, erased_serde::Error>,
}

/// How events of a type with serde's traits are written and read.
#[doc(hidden)]
#[must_use]
pub const fn stored<E: Storable>() -> Stored<E> {
    Stored { write: |event| event, read: |from| erased_serde::deserialize(from) }
}
