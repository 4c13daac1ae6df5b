//! What one plugin keeps: a SQLite file of its own, with its keys and its tables.
//!
//! A file for each plugin, and not one for all: no statement can reach what another plugin keeps, a limit of bytes is one that SQLite
//! holds itself, a damaged file harms one plugin, and what a plugin kept goes away with its file. All writes of a plugin go through one
//! connection, one after the other; reads have another and see what was committed last. SQLite blocks, so all of it runs on the
//! threads that tokio keeps for that.

mod define;
mod definition;
mod execute;
mod key_values;
mod rule;
mod sql;
mod tables;
mod transaction;
mod ulid;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use keyway_manifest::{Descriptor, PluginId};
use rusqlite::{Connection, ErrorCode};
use tokio::runtime::Handle;
use tokio::sync::OwnedMutexGuard;

use super::sqlite::is_damage;
use super::{DataFolder, Problem, explain, open_database};
use crate::capability::database::Table;
use crate::capability::{ClockSource, DataError};
use crate::host::tell::tell;
use crate::host::usage::Account;
use ulid::Ulids;

pub(in crate::host) use key_values::ScopedKeys;
pub(in crate::host) use tables::ScopedTables;

/// Version of the host's own tables in each file.
const FORMAT: u32 = 1;

/// What a plugin may keep that nobody has set a limit for, in bytes: 1 GiB.
const DEFAULT_LIMIT: u64 = 1 << 30;

/// How long a write waits for one and the same transaction.
const PATIENCE: Duration = Duration::from_secs(5);

/// The largest row, and the largest answer of a query, in bytes: 16 MiB.
const LARGEST_ANSWER: usize = 16 << 20;

/// The host's own tables: what stands under keys, the definitions of the plugin's tables, and the version of its state.
const OWN_TABLES: &str = "
    CREATE TABLE keyway_values (key TEXT PRIMARY KEY NOT NULL, value BLOB NOT NULL, expires INTEGER) STRICT;
    CREATE INDEX keyway_values_expires ON keyway_values (expires) WHERE expires IS NOT NULL;
    CREATE TABLE keyway_columns (owner TEXT NOT NULL, place INTEGER NOT NULL, note TEXT NOT NULL, PRIMARY KEY (owner, place)) STRICT;
    CREATE TABLE keyway_state (only INTEGER PRIMARY KEY CHECK (only = 0), version INTEGER NOT NULL) STRICT;
    PRAGMA user_version = 1;
";

/// The stores of a host, each made when its plugin first asks for it. A plugin that is switched off and on finds the same one.
#[derive(Default)]
pub(in crate::host) struct Stores(Mutex<BTreeMap<PluginId, Arc<Store>>>);

/// What one plugin keeps.
pub(in crate::host) struct Store {
    plugin: PluginId,
    /// `[state] version` of the manifest.
    state_version: u32,
    account: Arc<Account>,
    folder: Arc<DataFolder>,
    clock: Arc<dyn ClockSource>,
    runtime: Handle,
    /// Where the file is; set once it is open.
    path: OnceLock<PathBuf>,
    writer: Arc<tokio::sync::Mutex<Option<Writer>>>,
    reader: Arc<tokio::sync::Mutex<Option<Connection>>>,
    /// The tables that were defined in this run.
    tables: RwLock<BTreeMap<String, Arc<Table>>>,
    /// The number of the transaction that is open, 0 for none, and how many there were.
    open_transaction: AtomicU64,
    transactions: AtomicU64,
}

/// The one connection that writes.
struct Writer {
    connection: Connection,
    /// The bytes that the connection holds the plugin to.
    limit: u64,
    ulids: Ulids,
    /// When values whose time is over were last deleted, in milliseconds since 1970.
    swept: i64,
}

/// The writer, held by whoever writes.
type Held = OwnedMutexGuard<Option<Writer>>;

impl Stores {
    /// The store of a plugin. Nothing is opened yet.
    pub(in crate::host) fn of(
        &self,
        descriptor: &'static Descriptor,
        folder: &Arc<DataFolder>,
        clock: &Arc<dyn ClockSource>,
        account: &Arc<Account>,
    ) -> Arc<Store> {
        let mut stores = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let store = stores.entry(descriptor.id).or_insert_with(|| {
            Arc::new(Store {
                plugin: descriptor.id,
                state_version: descriptor.state_version,
                account: Arc::clone(account),
                folder: Arc::clone(folder),
                clock: Arc::clone(clock),
                runtime: Handle::current(),
                path: OnceLock::new(),
                writer: Arc::default(),
                reader: Arc::default(),
                tables: RwLock::default(),
                open_transaction: AtomicU64::new(0),
                transactions: AtomicU64::new(0),
            })
        });
        Arc::clone(store)
    }
}

impl Store {
    /// Runs work with the connection that writes, when its turn has come.
    async fn write<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self, &mut Writer) -> Result<T, DataError> + Send + 'static,
    ) -> Result<T, DataError> {
        let mut held = self.hold().await?;
        self.blocking(move |store| {
            let writer = store.writer(&mut held)?;
            let answer = work(store, writer);
            store.measure(&writer.connection);
            answer
        })
        .await
    }

    /// Runs work with the connection that reads.
    async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self, &Connection) -> Result<T, DataError> + Send + 'static,
    ) -> Result<T, DataError> {
        if self.path.get().is_none() {
            // The writer makes the file.
            self.write(|_, _| Ok(())).await?;
        }
        let mut held = Arc::clone(&self.reader).lock_owned().await;
        self.blocking(move |store| {
            if held.is_none() {
                let connection = store.connect()?;
                connection.pragma_update(None, "query_only", true).map_err(|error| store.failed(&error, None))?;
                *held = Some(connection);
            }
            work(store, held.as_ref().expect("it was opened above"))
        })
        .await
    }

    /// Waits for the connection that writes; gives up when one and the same transaction holds it all the time.
    async fn hold(&self) -> Result<Held, DataError> {
        loop {
            let before = self.open_transaction.load(Ordering::Acquire);
            if let Ok(held) = tokio::time::timeout(PATIENCE, Arc::clone(&self.writer).lock_owned()).await {
                return Ok(held);
            }
            if before != 0 && before == self.open_transaction.load(Ordering::Acquire) {
                return Err(DataError::Busy);
            }
        }
    }

    /// The connection that writes; opened at the first use, and cleared of what a broken-off transaction left.
    fn writer<'h>(&self, held: &'h mut Held) -> Result<&'h mut Writer, DataError> {
        if held.is_none() {
            let connection = self.connect()?;
            **held = Some(Writer { connection, limit: 0, ulids: Ulids::default(), swept: self.now() });
        }
        self.open_transaction.store(0, Ordering::Release);
        let writer = held.as_mut().expect("it was opened above");
        let limit = self.limit();
        if writer.limit != limit {
            hold_to(&writer.connection, limit).map_err(|error| self.failed(&error, None))?;
            writer.limit = limit;
        }
        if !writer.connection.is_autocommit() {
            writer.connection.execute_batch("ROLLBACK").map_err(|error| self.failed(&error, None))?;
        }
        Ok(writer)
    }

    /// How many bytes the plugin may keep; a reload may change it.
    fn limit(&self) -> u64 {
        self.account.storage_limit().unwrap_or(DEFAULT_LIMIT)
    }

    /// Opens the file, and makes the host's tables where they are not there.
    fn connect(&self) -> Result<Connection, DataError> {
        let file = format!("plugins/{}.db", self.plugin);
        let told = |problem: Problem| DataError::Unavailable(problem.to_string());
        let (connection, found) = open_database(&self.folder, &file, FORMAT).map_err(told)?;
        let path = self.folder.open().map_err(told)?.join(&file);
        let prepared = || {
            connection
                .set_limit(rusqlite::limits::Limit::SQLITE_LIMIT_LENGTH, i32::try_from(LARGEST_ANSWER).unwrap_or(i32::MAX))?;
            if found == 0 {
                connection.execute_batch(&format!("BEGIN IMMEDIATE; {OWN_TABLES} COMMIT;"))?;
            }
            Ok(())
        };
        prepared().map_err(|error| DataError::Unavailable(explain(&path, &error).to_string()))?;
        self.path.get_or_init(|| path);
        Ok(connection)
    }

    /// Books how large the file is.
    fn measure(&self, connection: &Connection) {
        let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).map(i64::unsigned_abs);
        // A file that cannot be asked has told so already.
        if let (Ok(pages), Ok(size)) = (number("page_count"), number("page_size")) {
            self.account.set_storage(pages * size);
        }
    }

    /// Runs work on a thread where it may block.
    async fn blocking<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> Result<T, DataError> + Send + 'static,
    ) -> Result<T, DataError> {
        let store = Arc::clone(self);
        match self.runtime.spawn_blocking(move || work(&store)).await.map_err(tokio::task::JoinError::try_into_panic) {
            Ok(answer) => answer,
            Err(Ok(panic)) => std::panic::resume_unwind(panic),
            Err(Err(_)) => Err(DataError::Unavailable("the host is shutting down".to_owned())),
        }
    }

    /// A table that was defined in this run.
    fn table(&self, name: &str) -> Result<Arc<Table>, DataError> {
        let tables = self.tables.read().unwrap_or_else(PoisonError::into_inner);
        tables.get(name).cloned().ok_or_else(|| {
            let known = definition::list(tables.keys().map(String::as_str));
            let known = if known.is_empty() { "none".to_owned() } else { known };
            DataError::Statement(format!("no table `{name}` was defined in this run (defined: {known})"))
        })
    }

    /// The time of day in milliseconds since 1970; 0 for a clock before it.
    fn now(&self) -> i64 {
        let since = self.clock.now().duration_since(std::time::SystemTime::UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }

    /// What an error of SQLite means for the plugin.
    fn failed(&self, error: &rusqlite::Error, table: Option<&str>) -> DataError {
        let path = self.path.get().cloned().unwrap_or_default();
        let table = table.unwrap_or_default().to_owned();
        let Some(found) = error.sqlite_error() else {
            return DataError::Unavailable(explain(&path, error).to_string());
        };
        let message = error.to_string();
        match (found.code, found.extended_code) {
            (ErrorCode::ConstraintViolation, rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE) => {
                // "UNIQUE constraint failed: own_comments.slug"
                let columns = message.rsplit('.').next().unwrap_or_default().to_owned();
                DataError::Conflict { table, columns }
            }
            (
                ErrorCode::ConstraintViolation,
                rusqlite::ffi::SQLITE_CONSTRAINT_FOREIGNKEY | rusqlite::ffi::SQLITE_CONSTRAINT_TRIGGER,
            ) => DataError::Reference { table },
            (ErrorCode::DiskFull, _) => {
                let limit = self.limit();
                let is_at_limit = self.path.get().and_then(|path| path.metadata().ok()).is_some_and(|file| {
                    // Pages that wait in the journal make the file seem smaller than it is.
                    file.len() + (8 << 20) >= limit
                });
                self.account.refuse_storage(limit);
                DataError::Full { limit: is_at_limit.then_some(limit) }
            }
            (ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked, _) => DataError::Busy,
            (ErrorCode::TooBig, _) => {
                DataError::Statement(format!("a row of table `{table}` is larger than {LARGEST_ANSWER} bytes"))
            }
            _ => {
                let problem = explain(&path, error);
                if is_damage(error) {
                    tell!(error, { plugin = self.plugin.as_str(), } "{problem}");
                }
                DataError::Unavailable(problem.to_string())
            }
        }
    }
}

/// Has SQLite refuse to let the file grow beyond so many bytes; one that is larger already does not shrink.
fn hold_to(connection: &Connection, limit: u64) -> Result<(), rusqlite::Error> {
    let page: i64 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
    let pages = i64::try_from(limit).unwrap_or(i64::MAX) / page.max(1);
    connection.pragma_update_and_check(None, "max_page_count", pages.max(1), |_| Ok(()))
}
