//! The tables of durable events, and each step that changes or reads them.

use std::time::{Duration, SystemTime};

use keyway_manifest::PluginId;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::DeadLetter;

/// The version of the tables.
pub(super) const FORMAT: u32 = 1;

/// `only` names the plugin that an event is for, when it was a dead letter of that plugin.
const TABLES: &str = "
    CREATE TABLE event (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        topic TEXT NOT NULL, version TEXT NOT NULL, publisher TEXT NOT NULL, at INTEGER NOT NULL, body BLOB NOT NULL, only_for TEXT
    ) STRICT;
    CREATE INDEX event_of_topic ON event (topic, number);
    CREATE TABLE cursor (
        id INTEGER PRIMARY KEY,
        plugin TEXT NOT NULL, topic TEXT NOT NULL, done INTEGER NOT NULL, attempts INTEGER NOT NULL, seen INTEGER NOT NULL,
        UNIQUE (topic, plugin)
    ) STRICT;
    CREATE TABLE dead_letter (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        plugin TEXT NOT NULL, topic TEXT NOT NULL, version TEXT NOT NULL, publisher TEXT NOT NULL, at INTEGER NOT NULL,
        body BLOB NOT NULL, attempts INTEGER NOT NULL, reason TEXT NOT NULL, buried INTEGER NOT NULL
    ) STRICT;
    PRAGMA user_version = 1;
";

/// An event to be stored.
#[derive(Debug, Clone)]
pub(super) struct NewEvent {
    pub(super) topic: &'static str,
    pub(super) version: String,
    pub(super) publisher: PluginId,
    pub(super) body: Vec<u8>,
}

/// A stored event.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) number: i64,
    pub(super) version: String,
    pub(super) publisher: String,
    pub(super) body: Vec<u8>,
}

/// Where a subscription is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor {
    pub(super) id: i64,
    /// The number of the last event that was dealt with.
    pub(super) done: i64,
    /// How often the next one was tried.
    pub(super) attempts: u32,
    pub(super) waiting: u64,
    pub(super) dead: u64,
}

/// Milliseconds since 1970.
pub(super) fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Makes the tables in a new file.
pub(super) fn prepare(connection: &mut Connection, found: u32) -> rusqlite::Result<()> {
    if found == 0 {
        let transaction = connection.transaction()?;
        transaction.execute_batch(TABLES)?;
        transaction.commit()?;
    }
    Ok(())
}

/// Finds the cursor of a subscription, or makes it behind the newest event.
pub(super) fn enrol(connection: &Connection, plugin: &str, topic: &str) -> rusqlite::Result<Cursor> {
    connection.execute(
        "INSERT INTO cursor (plugin, topic, done, attempts, seen)
         VALUES (?1, ?2, (SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'event'), 0, ?3)
         ON CONFLICT DO UPDATE SET seen = ?3",
        params![plugin, topic, now()],
    )?;
    let (id, done, attempts) = connection.query_row(
        "SELECT id, done, attempts FROM cursor WHERE topic = ?1 AND plugin = ?2",
        params![topic, plugin],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    let count = |sql: &str, done: i64| connection.query_row(sql, params![plugin, topic, done], |row| row.get::<_, i64>(0));
    let waiting =
        count("SELECT count(*) FROM event WHERE topic = ?2 AND number > ?3 AND (only_for IS NULL OR only_for = ?1)", done)?;
    let dead = count("SELECT count(*) FROM dead_letter WHERE plugin = ?1 AND topic = ?2 AND ?3 >= 0", done)?;
    let positive = |count: i64| u64::try_from(count).unwrap_or_default();
    Ok(Cursor { id, done, attempts, waiting: positive(waiting), dead: positive(dead) })
}

/// Stores an event, unless no subscriber was ever there for it. Tells whether it was stored.
pub(super) fn keep(transaction: &Transaction<'_>, event: &NewEvent) -> rusqlite::Result<bool> {
    let stored = transaction
        .prepare_cached(
            "INSERT INTO event (topic, version, publisher, at, body)
         SELECT ?1, ?2, ?3, ?4, ?5 WHERE EXISTS (SELECT 1 FROM cursor WHERE topic = ?1)",
        )?
        .execute(params![event.topic, event.version, event.publisher.as_str(), now(), event.body])?;
    Ok(stored > 0)
}

/// The next events of a subscription.
pub(super) fn read(
    transaction: &Transaction<'_>,
    plugin: &str,
    topic: &str,
    after: i64,
    at_most: u32,
) -> rusqlite::Result<Vec<Row>> {
    let mut statement = transaction.prepare_cached(
        "SELECT number, version, publisher, body FROM event
         WHERE topic = ?1 AND number > ?2 AND (only_for IS NULL OR only_for = ?3) ORDER BY number LIMIT ?4",
    )?;
    let rows = statement.query_map(params![topic, after, plugin, at_most], |row| {
        Ok(Row { number: row.get(0)?, version: row.get(1)?, publisher: row.get(2)?, body: row.get(3)? })
    })?;
    rows.collect()
}

/// Notes that all events up to a number are dealt with.
pub(super) fn done(transaction: &Transaction<'_>, cursor: i64, number: i64) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("UPDATE cursor SET done = max(done, ?2), attempts = 0 WHERE id = ?1")?
        .execute(params![cursor, number])?;
    Ok(())
}

/// Notes how often the next event was tried.
pub(super) fn attempted(transaction: &Transaction<'_>, cursor: i64, attempts: u32) -> rusqlite::Result<()> {
    transaction.prepare_cached("UPDATE cursor SET attempts = ?2 WHERE id = ?1")?.execute(params![cursor, attempts])?;
    Ok(())
}

/// Makes an event a dead letter of one subscription, which thereby is done with it.
pub(super) fn bury(transaction: &Transaction<'_>, cursor: i64, number: i64, attempts: u32, reason: &str) -> rusqlite::Result<()> {
    transaction.execute(
        "INSERT INTO dead_letter (plugin, topic, version, publisher, at, body, attempts, reason, buried)
         SELECT cursor.plugin, event.topic, event.version, event.publisher, event.at, event.body, ?3, ?4, ?5
         FROM event, cursor WHERE event.number = ?2 AND cursor.id = ?1 AND cursor.done < ?2",
        params![cursor, number, attempts, reason, now()],
    )?;
    done(transaction, cursor, number)
}

/// Removes what every subscription to a topic is done with.
pub(super) fn sweep(transaction: &Transaction<'_>, topic: &str) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("DELETE FROM event WHERE topic = ?1 AND number <= (SELECT min(done) FROM cursor WHERE topic = ?1)")?
        .execute([topic])?;
    Ok(())
}

/// The newest dead letters.
pub(super) fn dead_letters(connection: &Connection, at_most: u32) -> rusqlite::Result<Vec<DeadLetter>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, plugin, topic, version, publisher, at, body, attempts, reason FROM dead_letter ORDER BY id DESC LIMIT ?1",
    )?;
    let rows = statement.query_map([at_most], |row| {
        let millis = Duration::from_millis(u64::try_from(row.get::<_, i64>(5)?).unwrap_or_default());
        Ok(DeadLetter {
            id: row.get(0)?,
            plugin: row.get(1)?,
            topic: row.get(2)?,
            version: row.get(3)?,
            publisher: row.get(4)?,
            published: SystemTime::UNIX_EPOCH + millis,
            body: String::from_utf8_lossy(&row.get::<_, Vec<u8>>(6)?).into_owned(),
            attempts: row.get(7)?,
            reason: row.get(8)?,
        })
    })?;
    rows.collect()
}

/// Takes a dead letter away, and with `again` puts it behind the newest events of its subscriber. Answers whose it was.
pub(super) fn take_dead_letter(
    transaction: &Transaction<'_>,
    id: i64,
    again: bool,
) -> rusqlite::Result<Option<(String, String)>> {
    let owner = transaction
        .query_row("SELECT plugin, topic FROM dead_letter WHERE id = ?1", [id], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    if again {
        transaction.execute(
            "INSERT INTO event (topic, version, publisher, at, body, only_for)
             SELECT topic, version, publisher, ?2, body, plugin FROM dead_letter WHERE id = ?1",
            params![id, now()],
        )?;
    }
    transaction.execute("DELETE FROM dead_letter WHERE id = ?1", [id])?;
    Ok(owner)
}
