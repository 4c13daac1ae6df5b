//! The file that keeps when each job was last due.
//!
//! Unlike the other databases of a host it does not wait for the disk at every commit: what is written survives the end of the process
//! at once, a loss of power a while later. A write takes microseconds that way, and is made where the job is begun.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use rusqlite::{Connection, params};

use super::last_times::{Key, Times};
use crate::host::data::{DataFolder, explain, open_database};
use crate::host::failure::Problem;
use crate::host::tell::tell;

/// The file below the data folder.
const FILE: &str = "jobs.db";
/// The version of the table.
const FORMAT: u32 = 1;
/// How long a write waits for another program that reads the file; it keeps a thread of the host.
const BUSY: Duration = Duration::from_millis(100);
/// A job of which nothing was seen for so long is gone; longer than a year, for jobs that run once in one.
const FORGOTTEN: Duration = Duration::from_hours(400 * 24);

const TABLES: &str = "
    CREATE TABLE last_due (
        plugin TEXT NOT NULL, job TEXT NOT NULL, due INTEGER NOT NULL, seen INTEGER NOT NULL,
        PRIMARY KEY (plugin, job)
    ) STRICT, WITHOUT ROWID;
    PRAGMA user_version = 1;
";

/// The open file.
pub(super) struct Database {
    connection: Mutex<Connection>,
    path: PathBuf,
    /// Whether the operator knows that it cannot be written.
    has_failed: AtomicBool,
}

impl Database {
    /// Opens or makes the file, and reads it. Blocks on the disk.
    pub(super) fn open(folder: &DataFolder, now: SystemTime) -> Result<Option<(Self, Times)>, Problem> {
        let (mut connection, found) = open_database(folder, FILE, FORMAT)?;
        let path = folder.open()?.join(FILE);
        let times = begin(&mut connection, found, now).map_err(|error| explain(&path, &error))?;
        Ok(Some((Self { connection: Mutex::new(connection), path, has_failed: AtomicBool::new(false) }, times)))
    }

    /// Writes one moment; a failure is told once.
    pub(super) fn keep(&self, (plugin, job): &Key, moment: SystemTime, now: SystemTime) {
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = connection
            .prepare_cached(
                "INSERT INTO last_due (plugin, job, due, seen) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO UPDATE SET due = ?3, seen = ?4",
            )
            .and_then(|mut statement| statement.execute(params![plugin, job, millis(moment), millis(now)]));
        match kept {
            Ok(_) => self.has_failed.store(false, Ordering::Relaxed),
            Err(error) if !self.has_failed.swap(true, Ordering::Relaxed) => {
                let problem = explain(&self.path, &error);
                tell!(warn, { plugin = plugin.as_str(), job = job.as_str(), } "KW0694 when jobs were last due is not kept at the moment: {problem}");
            }
            Err(_) => {}
        }
    }
}

fn begin(connection: &mut Connection, found: u32, now: SystemTime) -> rusqlite::Result<Times> {
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "synchronous", "normal")?;
    let transaction = connection.transaction()?;
    if found == 0 {
        transaction.execute_batch(TABLES)?;
    }
    let oldest = now.checked_sub(FORGOTTEN).unwrap_or(SystemTime::UNIX_EPOCH);
    transaction.execute("DELETE FROM last_due WHERE seen < ?1", [millis(oldest)])?;
    transaction.commit()?;
    let mut statement = connection.prepare("SELECT plugin, job, due FROM last_due")?;
    let rows = statement.query_map([], |row| Ok(((row.get(0)?, row.get(1)?), moment(row.get(2)?))))?;
    rows.collect()
}

/// Milliseconds since 1970.
fn millis(time: SystemTime) -> i64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn moment(millis: i64) -> SystemTime {
    let since = Duration::from_millis(u64::try_from(millis).unwrap_or_default());
    SystemTime::UNIX_EPOCH.checked_add(since).unwrap_or(SystemTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn what_was_kept_is_read_and_what_is_old_is_forgotten() {
        let path = std::env::temp_dir().join(format!("keyway-jobs-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        let at = |days: u64| SystemTime::UNIX_EPOCH + Duration::from_hours(days * 24);
        let key = |job: &str| ("site.worker".to_owned(), job.to_owned());
        let folder = DataFolder::new(Some(path.clone()));
        let (database, times) = Database::open(&folder, at(1)).unwrap().unwrap();
        assert!(times.is_empty());
        database.keep(&key("old"), at(1), at(1));
        database.keep(&key("b"), at(2), at(2));
        database.keep(&key("b"), at(299), at(300));
        drop((database, folder));
        let folder = DataFolder::new(Some(path.clone()));
        let (_, times) = Database::open(&folder, at(500)).unwrap().unwrap();
        assert_eq!(times, BTreeMap::from([(key("b"), at(299))]));
        drop(folder);
        std::fs::remove_dir_all(path).unwrap();
    }
}
