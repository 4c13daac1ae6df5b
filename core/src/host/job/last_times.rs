//! When each job was last due, also across restarts of a host that has a data folder.
//!
//! A moment is written before its run begins. A run that ends the process is thereby not begun again by every restart.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::SystemTime;

#[cfg(not(feature = "data"))]
use super::absent::Database;
#[cfg(feature = "data")]
use super::database::Database;
use super::entry::Entry;
use crate::host::data::DataFolder;
use crate::host::tell::tell;

/// The plugin and the name of a job.
pub(super) type Key = (String, String);
/// When jobs were last due.
pub(super) type Times = BTreeMap<Key, SystemTime>;

/// When each job was last due: what a plugin that is switched off and on, or a host that is stopped and started, has missed since.
#[derive(Default)]
pub(super) struct LastTimes {
    times: Mutex<Times>,
    /// `None` inside when nothing can be kept.
    database: OnceLock<Option<Database>>,
}

impl LastTimes {
    fn times(&self) -> MutexGuard<'_, Times> {
        self.times.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads what former hosts have kept, when it is asked for the first time. Blocks on the disk.
    pub(super) fn open(&self, folder: &DataFolder, now: SystemTime) {
        self.database.get_or_init(|| {
            if !folder.is_named() {
                return None;
            }
            match Database::open(folder, now) {
                Ok(Some((database, times))) => {
                    *self.times() = times;
                    Some(database)
                }
                Ok(None) => None,
                Err(problem) => {
                    tell!(warn, {} "KW0694 when jobs were last due is not kept, and what they miss while the host is off is not made up for: {problem}");
                    None
                }
            }
        });
    }

    /// The moment for which a job was last due. For one that is new, `now` counts as that moment, so that a host which is often off
    /// gets to a job that is rare.
    pub(super) fn begin(&self, entry: &Entry, now: SystemTime) -> Option<SystemTime> {
        let last = self.times().get(&key(entry)).copied();
        if last.is_none() {
            self.note(entry, now);
        }
        last
    }

    /// Notes that a job is due.
    pub(super) fn note(&self, entry: &Entry, moment: SystemTime) {
        let key = key(entry);
        if let Some(Some(database)) = self.database.get() {
            database.keep(&key, moment, entry.now());
        }
        self.times().insert(key, moment);
    }
}

fn key(entry: &Entry) -> Key {
    (entry.descriptor.id.as_str().to_owned(), entry.spec.name.clone())
}
