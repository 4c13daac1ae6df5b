//! Values under keys, within a grant of `storage.keys`.

use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::{Store, Writer};
use crate::capability::{DataError, KeyValueSource, LARGEST_VALUE, LONGEST_KEY, Pending};
use crate::host::capability::Grants;

const PERMISSION: &str = "storage.keys";

/// The most keys that one call lists.
const MOST_KEYS: usize = 10_000;

/// How often values whose time is over are deleted, in milliseconds, and how many at once.
const SWEEP_EVERY: i64 = 60_000;
const SWEEP_COUNT: u32 = 1_000;

/// The keys of one plugin.
pub(in crate::host) struct ScopedKeys {
    grants: Arc<Grants>,
    store: Arc<Store>,
}

impl ScopedKeys {
    pub(in crate::host) const fn new(grants: Arc<Grants>, store: Arc<Store>) -> Self {
        Self { grants, store }
    }

    /// Refuses a key outside of the grant, or one that is no key.
    fn check(&self, key: &str) -> Result<(), DataError> {
        let is_plain = |segment: &str| !matches!(segment, "" | "." | "..") && !segment.contains(['\\', ':', '\0']);
        let rule = if key.len() > LONGEST_KEY {
            format!("it is {} bytes long, and {LONGEST_KEY} are taken", key.len())
        } else if !key.split('/').all(is_plain) {
            "a key is a path such as `sessions/4f1c`, without empty segments, `.`, `..`, `:`, `\\` and NUL".to_owned()
        } else {
            return Ok(self.grants.check(PERMISSION, key)?);
        };
        let shown = key.chars().take(64).collect();
        Err(DataError::Key { key: shown, rule })
    }
}

fn check_value(key: &str, value: &[u8]) -> Result<(), DataError> {
    if value.len() > LARGEST_VALUE {
        let rule = format!("its value has {} bytes, and {LARGEST_VALUE} are taken", value.len());
        return Err(DataError::Key { key: key.to_owned(), rule });
    }
    Ok(())
}

impl KeyValueSource for ScopedKeys {
    fn get(&self, key: String) -> Pending<'_, Option<Vec<u8>>> {
        Box::pin(async move {
            self.check(&key)?;
            self.store.read(move |store, connection| get(store, connection, &key)).await
        })
    }

    fn set(&self, key: String, value: Vec<u8>, lifetime: Option<Duration>) -> Pending<'_, ()> {
        Box::pin(async move {
            self.check(&key)?;
            check_value(&key, &value)?;
            self.store.write(move |store, writer| set(store, writer, &key, &value, lifetime)).await
        })
    }

    fn delete(&self, key: String) -> Pending<'_, bool> {
        Box::pin(async move {
            self.check(&key)?;
            self.store.write(move |store, writer| delete(store, &writer.connection, &key)).await
        })
    }

    fn list(&self, prefix: String, after: String, limit: usize) -> Pending<'_, Vec<String>> {
        Box::pin(async move {
            let grants = Arc::clone(&self.grants);
            let limit = limit.min(MOST_KEYS);
            self.store.read(move |store, connection| list(store, connection, &grants, &prefix, &after, limit)).await
        })
    }

    fn compare_and_swap(&self, key: String, expected: Option<Vec<u8>>, new: Option<Vec<u8>>) -> Pending<'_, bool> {
        Box::pin(async move {
            self.check(&key)?;
            check_value(&key, new.as_deref().unwrap_or_default())?;
            let swap = move |store: &Store, writer: &mut Writer| {
                let failed = |error: rusqlite::Error| store.failed(&error, None);
                let connection = &mut writer.connection;
                let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
                if get(store, &transaction, &key)? != expected {
                    return Ok(false);
                }
                match &new {
                    Some(value) => put(store, &transaction, &key, value, None)?,
                    None => {
                        delete(store, &transaction, &key)?;
                    }
                }
                transaction.commit().map_err(failed)?;
                Ok(true)
            };
            self.store.write(swap).await
        })
    }
}

fn get(store: &Store, connection: &Connection, key: &str) -> Result<Option<Vec<u8>>, DataError> {
    let text = "SELECT value FROM keyway_values WHERE key = ?1 AND (expires IS NULL OR expires > ?2)";
    let mut statement = connection.prepare_cached(text).map_err(|error| store.failed(&error, None))?;
    let found = statement.query_row(params![key, store.now()], |row| row.get(0)).optional();
    found.map_err(|error| store.failed(&error, None))
}

/// Keeps a value; when there is no space, values whose time is over make way.
fn set(store: &Store, writer: &mut Writer, key: &str, value: &[u8], lifetime: Option<Duration>) -> Result<(), DataError> {
    let now = store.now();
    if now - writer.swept >= SWEEP_EVERY || now < writer.swept {
        writer.swept = now;
        sweep(store, &writer.connection, SWEEP_COUNT)?;
    }
    match put(store, &writer.connection, key, value, lifetime) {
        Err(DataError::Full { .. }) if sweep(store, &writer.connection, u32::MAX)? > 0 => {
            put(store, &writer.connection, key, value, lifetime)
        }
        answer => answer,
    }
}

fn put(store: &Store, connection: &Connection, key: &str, value: &[u8], lifetime: Option<Duration>) -> Result<(), DataError> {
    let text = "INSERT INTO keyway_values (key, value, expires) VALUES (?1, ?2, ?3)
        ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires = excluded.expires";
    let expires = lifetime.map(|lifetime| store.now().saturating_add(i64::try_from(lifetime.as_millis()).unwrap_or(i64::MAX)));
    let mut statement = connection.prepare_cached(text).map_err(|error| store.failed(&error, None))?;
    statement.execute(params![key, value, expires]).map_err(|error| store.failed(&error, None))?;
    Ok(())
}

fn delete(store: &Store, connection: &Connection, key: &str) -> Result<bool, DataError> {
    let text = "DELETE FROM keyway_values WHERE key = ?1 AND (expires IS NULL OR expires > ?2)";
    let mut statement = connection.prepare_cached(text).map_err(|error| store.failed(&error, None))?;
    let count = statement.execute(params![key, store.now()]).map_err(|error| store.failed(&error, None))?;
    Ok(count > 0)
}

/// Deletes values whose time is over; answers how many.
fn sweep(store: &Store, connection: &Connection, most: u32) -> Result<usize, DataError> {
    let text = "DELETE FROM keyway_values WHERE key IN (SELECT key FROM keyway_values WHERE expires <= ?1 LIMIT ?2)";
    let mut statement = connection.prepare_cached(text).map_err(|error| store.failed(&error, None))?;
    statement.execute(params![store.now(), most]).map_err(|error| store.failed(&error, None))
}

/// The keys that the grant covers, among those that begin with a prefix.
fn list(
    store: &Store,
    connection: &Connection,
    grants: &Grants,
    prefix: &str,
    after: &str,
    limit: usize,
) -> Result<Vec<String>, DataError> {
    let failed = |error: rusqlite::Error| store.failed(&error, None);
    let text = "SELECT key FROM keyway_values
        WHERE key >= ?1 AND key > ?2 AND (expires IS NULL OR expires > ?3) ORDER BY key";
    let mut statement = connection.prepare_cached(text).map_err(failed)?;
    let mut rows = statement.query(params![prefix, after, store.now()]).map_err(failed)?;
    let mut keys = Vec::new();
    while keys.len() < limit {
        let Some(row) = rows.next().map_err(failed)? else { break };
        let key: String = row.get(0).map_err(failed)?;
        if !key.starts_with(prefix) {
            break;
        }
        if grants.covers(PERMISSION, &key) {
            keys.push(key);
        }
    }
    Ok(keys)
}
