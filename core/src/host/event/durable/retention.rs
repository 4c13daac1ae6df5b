//! What is kept no longer: events that nobody took, dead letters that nobody looked at, and cursors of plugins that are gone.

use std::time::Duration;

use rusqlite::{Transaction, params};

use super::DurableOptions;

/// Events of one topic that were removed before a subscriber had them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Expired {
    pub(super) plugin: String,
    pub(super) topic: String,
    pub(super) events: u64,
}

/// Removes what is too old or too much at `now`, in milliseconds since 1970. `enrolled` are the cursors of this run.
pub(super) fn expire(
    transaction: &Transaction<'_>,
    options: &DurableOptions,
    now: i64,
    enrolled: &[i64],
) -> rusqlite::Result<Vec<Expired>> {
    let millis = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    let oldest = now.saturating_sub(millis(options.keep_for));
    let mut gone = transaction.prepare("SELECT id FROM cursor WHERE seen < ?1")?;
    let gone: Vec<i64> = gone.query_map([oldest], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    for id in gone.iter().filter(|id| !enrolled.contains(id)) {
        transaction.execute("DELETE FROM cursor WHERE id = ?1", [id])?;
    }
    let mut topics = transaction.prepare("SELECT DISTINCT topic FROM event")?;
    let topics: Vec<String> = topics.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let mut expired = Vec::new();
    for topic in topics {
        // The number of the last event that goes.
        let last: i64 = transaction.query_row(
            "SELECT max(
                coalesce((SELECT max(number) FROM event WHERE topic = ?1 AND at < ?2), 0),
                coalesce((SELECT number FROM event WHERE topic = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?3), 0))",
            params![topic, oldest, options.keep_at_most],
            |row| row.get(0),
        )?;
        let mut missed = transaction.prepare_cached(
            "SELECT plugin, count(*) FROM cursor, event
             WHERE cursor.topic = ?1 AND event.topic = ?1 AND number > done AND number <= ?2
               AND (only_for IS NULL OR only_for = plugin)
             GROUP BY plugin",
        )?;
        let rows = missed.query_map(params![topic, last], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?)))?;
        for row in rows {
            let (plugin, events) = row?;
            expired.push(Expired { plugin, topic: topic.clone(), events: u64::try_from(events).unwrap_or_default() });
        }
        transaction.execute("DELETE FROM event WHERE topic = ?1 AND number <= ?2", params![topic, last])?;
        super::database::sweep(transaction, &topic)?;
    }
    transaction.execute(
        "DELETE FROM dead_letter WHERE buried < ?1
            OR id <= coalesce((SELECT id FROM dead_letter ORDER BY id DESC LIMIT 1 OFFSET ?2), 0)",
        params![oldest, options.keep_at_most],
    )?;
    Ok(expired)
}

#[cfg(test)]
mod tests {
    use keyway_manifest::PluginId;
    use rusqlite::Connection;

    use super::super::database::{self, NewEvent};
    use super::*;

    const DAY: i64 = 24 * 60 * 60 * 1_000;

    fn store(numbers: u8) -> Connection {
        let mut connection = Connection::open_in_memory().unwrap();
        database::prepare(&mut connection, 0).unwrap();
        database::enrol(&connection, "site.a", "t").unwrap();
        let transaction = connection.transaction().unwrap();
        for number in 0..numbers {
            let event =
                NewEvent { topic: "t", version: "1.0.0".to_owned(), publisher: PluginId::new("host"), body: vec![number] };
            assert!(database::keep(&transaction, &event).unwrap());
        }
        transaction.commit().unwrap();
        connection
    }

    fn count(connection: &Connection, table: &str) -> i64 {
        connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn the_oldest_go_and_whoever_missed_them_is_named() {
        let mut connection = store(5);
        let options = DurableOptions { keep_at_most: 3, ..DurableOptions::DEFAULT };
        let transaction = connection.transaction().unwrap();
        let expired = expire(&transaction, &options, database::now(), &[1]).unwrap();
        assert_eq!(expired, [Expired { plugin: "site.a".to_owned(), topic: "t".to_owned(), events: 2 }]);
        let left: Vec<_> = database::read(&transaction, "site.a", "t", 0, 9).unwrap().iter().map(|row| row.body[0]).collect();
        assert_eq!(left, [2, 3, 4]);
        assert_eq!(expire(&transaction, &options, database::now(), &[1]).unwrap(), []);
    }

    #[test]
    fn old_events_go_and_the_cursor_of_a_plugin_that_is_gone_goes_with_them() {
        let mut connection = store(2);
        let later = database::now() + 31 * DAY;
        let transaction = connection.transaction().unwrap();
        assert_eq!(expire(&transaction, &DurableOptions::DEFAULT, later, &[1]).unwrap().len(), 1, "it is still there");
        assert_eq!((count(&transaction, "event"), count(&transaction, "cursor")), (0, 1));
        assert_eq!(expire(&transaction, &DurableOptions::DEFAULT, later, &[]).unwrap(), []);
        assert_eq!(count(&transaction, "cursor"), 0);
    }

    #[test]
    fn dead_letters_are_limited_too() {
        let mut connection = store(4);
        let transaction = connection.transaction().unwrap();
        (1..=4).for_each(|number| database::bury(&transaction, 1, number, 3, "why").unwrap());
        let options = DurableOptions { keep_at_most: 1, ..DurableOptions::DEFAULT };
        expire(&transaction, &options, database::now(), &[1]).unwrap();
        let left = database::dead_letters(&transaction, 9).unwrap();
        assert_eq!(left.iter().map(|letter| letter.id).collect::<Vec<_>>(), [4]);
        assert_eq!((left[0].reason.as_str(), left[0].attempts, left[0].plugin.as_str()), ("why", 3, "site.a"));
    }
}
