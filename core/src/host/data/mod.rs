//! What a host keeps on disk: its data folder, and the SQLite databases in it.

mod folder;
#[cfg(feature = "data")]
mod sqlite;
#[cfg(feature = "data")]
mod store;

pub(super) use folder::DataFolder;
#[cfg(feature = "data")]
pub(super) use sqlite::{explain, open_database};
#[cfg(feature = "data")]
pub(super) use store::{ScopedKeys, ScopedTables, Store, Stores};

#[cfg(feature = "data")]
use super::failure::Problem;
