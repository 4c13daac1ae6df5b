//! What a host keeps on disk: its data folder, and the SQLite databases in it.

mod folder;
#[cfg(feature = "data")]
mod sqlite;

pub(super) use folder::DataFolder;
#[cfg(feature = "data")]
pub(super) use sqlite::{explain, open_database};
