//! Tells when the files of plugins have changed: what runs can then be replaced without a person doing it.
//!
//! The system's watches only say where to look. What counts is what is read: a place is looked at when nothing has happened there for a
//! while, and again after as long; only when both show the same files, and others than before, is it told as changed. So a library that is
//! being written is not told, nor one that was touched or written again with the same bytes. A folder that the system does not watch, or
//! of which it lost something, is looked through.

mod look;
mod note;
mod place;
mod schedule;
#[cfg(test)]
mod schedule_tests;
mod system;
mod terms;
mod watcher;

pub use look::Seen;
pub use note::Note;
pub use place::Place;
pub use schedule::Answer;
pub use terms::WatchTerms;
pub use watcher::{Told, Watcher};
