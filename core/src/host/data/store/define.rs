//! Brings the tables of a file to the state that a schema describes, in one transaction.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use rusqlite::{Connection, ErrorCode, OptionalExtension, TransactionBehavior, params};

use super::definition::{column_definition, create, create_index, is_name, list, note, quoted, quoted_index, quoted_table};
use super::{Store, Writer, definition, rule};
use crate::capability::DataError;
use crate::capability::database::{Change, Column, Kind, Schema, Table, Value};

/// The columns of each table, as they are noted in the file.
type Notes = BTreeMap<String, Vec<String>>;

/// Every mistake that can be seen in a schema alone.
pub(super) fn check(schema: &Schema) -> Result<(), DataError> {
    for (index, table) in schema.tables.iter().enumerate() {
        let name = &table.name;
        definition::check(table)?;
        if schema.tables[..index].iter().any(|other| other.name == *name) {
            return Err(DataError::Schema(format!("the schema has two tables `{name}`")));
        }
        for column in &table.columns {
            if let Kind::Reference { table: other, .. } = &column.kind
                && !schema.tables.iter().any(|table| table.name == *other)
            {
                let column = &column.name;
                let problem =
                    format!("column `{column}` of table `{name}` refers to table `{other}`, which the schema does not have");
                return Err(DataError::Schema(problem));
            }
        }
    }
    for (index, (from, step)) in schema.steps.iter().enumerate() {
        if schema.steps[..index].iter().any(|(other, _)| other == from) {
            return Err(DataError::Schema(format!("the schema has two steps from version {from}")));
        }
        step.changes.iter().try_for_each(check_change)?;
    }
    Ok(())
}

fn check_change(change: &Change) -> Result<(), DataError> {
    let names: Vec<&String> = match change {
        Change::AddColumns(table) => {
            definition::check(table)?;
            let lacks = |column: &&Column| column.is_required && column.default.is_none();
            return match table.columns.iter().find(lacks) {
                None => Ok(()),
                Some(column) => Err(DataError::Schema(format!(
                    "a step adds the required column `{}` to table `{}` without a default for the rows that are there",
                    column.name, table.name
                ))),
            };
        }
        Change::DropColumn { table, column } | Change::Fill { table, column, .. } => vec![table, column],
        Change::RenameColumn { table, from, to } | Change::Copy { table, from, to } => vec![table, from, to],
        Change::RenameTable { from, to } => vec![from, to],
        Change::DropTable(table) => vec![table],
    };
    match names.into_iter().find(|name| !is_name(name) || definition::BUILT_IN.contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => Err(DataError::Schema(format!("a step names `{name}`, which is no table or column of the plugin"))),
    }
}

/// Goes through the steps from the version of the file, makes the tables that are missing, and compares all with the schema.
pub(super) fn define(store: &Store, writer: &mut Writer, schema: Schema) -> Result<(), DataError> {
    let failed = |error: rusqlite::Error| store.failed(&error, None);
    let transaction = writer.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    let text = "SELECT version FROM keyway_state WHERE only = 0";
    let found: Option<u32> = transaction.query_row(text, [], |row| row.get(0)).optional().map_err(failed)?;
    let (plugin, wanted) = (store.plugin, store.state_version);
    let from = found.unwrap_or(wanted);
    if from > wanted {
        return Err(DataError::Schema(format!(
            "the tables of plugin `{plugin}` are of state version {from}, but this plugin knows up to version {wanted}"
        )));
    }
    let mut notes = read_notes(&transaction).map_err(failed)?;
    for version in from..wanted {
        let step = schema.steps.iter().find(|(from, _)| *from == version).map(|(_, step)| step);
        let changes = match step {
            Some(step) => &*step.changes,
            // A plugin that had no version before its first one may have had nothing to change.
            None if version == 0 => &[],
            None => {
                return Err(DataError::Schema(format!(
                    "the tables of plugin `{plugin}` are of state version {from}, and its schema has no step from version {version}"
                )));
            }
        };
        for change in changes {
            apply(&transaction, change, &mut notes, &schema).map_err(|problem| match problem {
                Problem::Rule(error) => error,
                Problem::Sqlite(error) => match mistake(&error) {
                    Some(mistake) => DataError::Schema(format!(
                        "the step of plugin `{plugin}` from version {version} cannot be gone: {mistake}"
                    )),
                    None => store.failed(&error, None),
                },
            })?;
        }
    }
    for table in &schema.tables {
        match notes.get(&table.name) {
            Some(columns) => compare(store, table, columns)?,
            None => {
                create(table).iter().try_for_each(|text| transaction.execute_batch(text)).map_err(failed)?;
                notes.insert(table.name.clone(), table.columns.iter().map(note).collect());
            }
        }
    }
    let broken = transaction.prepare("PRAGMA foreign_key_check").and_then(|mut check| check.exists([])).map_err(failed)?;
    if broken {
        let problem = format!("the steps of plugin `{plugin}` leave a reference to a row that is not there");
        return Err(DataError::Schema(problem));
    }
    write_notes(&transaction, &notes, wanted).map_err(failed)?;
    transaction.commit().map_err(failed)?;
    let mut tables = store.tables.write().unwrap_or_else(PoisonError::into_inner);
    *tables = schema.tables.into_iter().map(|table| (table.name.clone(), Arc::new(table))).collect();
    Ok(())
}

/// What SQLite says against a step; `None` when it is the file or the disk that fails.
fn mistake(error: &rusqlite::Error) -> Option<String> {
    match error {
        rusqlite::Error::SqlInputError { msg, .. } => Some(msg.clone()),
        rusqlite::Error::SqliteFailure(failure, _) => {
            matches!(failure.code, ErrorCode::Unknown | ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch)
                .then(|| error.to_string())
        }
        _ => None,
    }
}

enum Problem {
    Rule(DataError),
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for Problem {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

fn apply(connection: &Connection, change: &Change, notes: &mut Notes, schema: &Schema) -> Result<(), Problem> {
    match change {
        Change::AddColumns(table) => {
            for column in &table.columns {
                let (name, definition) = (quoted_table(&table.name), column_definition(column));
                connection.execute_batch(&format!("ALTER TABLE {name} ADD COLUMN {definition}"))?;
                if let Some(index) = create_index(&table.name, column) {
                    connection.execute_batch(&index)?;
                }
                notes.entry(table.name.clone()).or_default().push(note(column));
            }
        }
        Change::DropColumn { table, column } => {
            connection.execute_batch(&format!("DROP INDEX IF EXISTS {}", quoted_index(table, column)))?;
            connection.execute_batch(&format!("ALTER TABLE {} DROP COLUMN {}", quoted_table(table), quoted(column)))?;
            notes.entry(table.clone()).or_default().retain(|line| name_of(line) != column);
        }
        Change::RenameColumn { table, from, to } => {
            let (name, old, new) = (quoted_table(table), quoted(from), quoted(to));
            connection.execute_batch(&format!("ALTER TABLE {name} RENAME COLUMN {old} TO {new}"))?;
            connection.execute_batch(&format!("DROP INDEX IF EXISTS {}", quoted_index(table, from)))?;
            for line in notes.entry(table.clone()).or_default().iter_mut().filter(|line| name_of(line) == from) {
                *line = format!("{to}{}", &line[from.len()..]);
                index_again(connection, table, line)?;
            }
        }
        Change::RenameTable { from, to } => {
            connection.execute_batch(&format!("ALTER TABLE {} RENAME TO {}", quoted_table(from), quoted_table(to)))?;
            let columns = notes.remove(from).unwrap_or_default();
            for line in &columns {
                connection.execute_batch(&format!("DROP INDEX IF EXISTS {}", quoted_index(from, name_of(line))))?;
                index_again(connection, to, line)?;
            }
            notes.insert(to.clone(), columns);
            // SQLite has renamed it where other tables refer to it, and so do the notes.
            for line in notes.values_mut().flatten() {
                let mut words: Vec<&str> = line.split(' ').collect();
                if words.get(1) == Some(&"reference") && words.get(2) == Some(&from.as_str()) {
                    words[2] = to;
                    *line = words.join(" ");
                }
            }
        }
        Change::DropTable(table) => {
            connection.execute_batch(&format!("DROP TABLE {}", quoted_table(table)))?;
            notes.remove(table);
        }
        Change::Fill { table, column, value } => {
            let known = schema.tables.iter().find(|known| known.name == *table);
            let known = known.and_then(|known| known.columns.iter().find(|known| known.name == *column));
            let value = match known {
                Some(column) => rule::check(table, column, value).map_err(Problem::Rule)?,
                None => plain(value),
            };
            let text = format!("UPDATE {} SET {} = ?1", quoted_table(table), quoted(column));
            connection.execute(&text, [value])?;
        }
        Change::Copy { table, from, to } => {
            let (name, from, to) = (quoted_table(table), quoted(from), quoted(to));
            connection.execute_batch(&format!("UPDATE {name} SET {to} = {from}"))?;
        }
    }
    Ok(())
}

/// A value for a column that only earlier versions have; SQLite checks its kind.
fn plain(value: &Value) -> rusqlite::types::Value {
    let kind = match value {
        Value::Null | Value::Text(_) => Kind::Text,
        Value::Boolean(_) => Kind::Boolean,
        Value::Integer(_) => Kind::Integer,
        Value::Real(_) => Kind::Real,
        Value::Blob(_) => Kind::Blob,
        Value::Timestamp(_) => Kind::Timestamp,
    };
    rule::stored(&kind, value).unwrap_or(rusqlite::types::Value::Null)
}

/// The name of the column that a note is about.
fn name_of(line: &str) -> &str {
    line.split(' ').next().unwrap_or(line)
}

/// Makes the index of a column whose name or table has changed.
fn index_again(connection: &Connection, table: &str, line: &str) -> rusqlite::Result<()> {
    let unique = match line.rsplit(' ').next() {
        Some("unique") => "UNIQUE ",
        Some("indexed") => "",
        _ => return Ok(()),
    };
    let (index, on, column) = (quoted_index(table, name_of(line)), quoted_table(table), quoted(name_of(line)));
    connection.execute_batch(&format!("CREATE {unique}INDEX {index} ON {on} ({column})"))
}

/// Refuses a table in the file that is not as the schema wants it.
fn compare(store: &Store, table: &Table, found: &[String]) -> Result<(), DataError> {
    let wanted: Vec<String> = table.columns.iter().map(note).collect();
    let difference = if let Some(line) = wanted.iter().find(|line| !found.contains(line)) {
        match found.iter().find(|other| name_of(other) == name_of(line)) {
            Some(other) => format!("has the column `{other}`, and the schema wants `{line}`"),
            None => format!("has no column `{}`", name_of(line)),
        }
    } else if let Some(line) = found.iter().find(|line| !wanted.contains(line)) {
        format!("has the column `{}`, and the schema has {}", name_of(line), list(wanted.iter().map(|line| name_of(line))))
    } else {
        return Ok(());
    };
    let (plugin, name, version) = (store.plugin, &table.name, store.state_version);
    Err(DataError::Schema(format!(
        "the table `{name}` of plugin `{plugin}` {difference}: raise `[state] version`, now {version}, and add a step from there"
    )))
}

fn read_notes(connection: &Connection) -> rusqlite::Result<Notes> {
    let mut notes = Notes::new();
    let mut statement = connection.prepare("SELECT owner, place, note FROM keyway_columns ORDER BY owner, place")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let columns = notes.entry(row.get(0)?).or_default();
        // The first place only says that the table is there.
        if row.get::<_, i64>(1)? > 0 {
            columns.push(row.get(2)?);
        }
    }
    Ok(notes)
}

fn write_notes(connection: &Connection, notes: &Notes, version: u32) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM keyway_columns", [])?;
    let mut insert = connection.prepare("INSERT INTO keyway_columns (owner, place, note) VALUES (?1, ?2, ?3)")?;
    for (table, columns) in notes {
        insert.execute(params![table, 0, ""])?;
        for (place, line) in (1_i64..).zip(columns) {
            insert.execute(params![table, place, line])?;
        }
    }
    let text =
        "INSERT INTO keyway_state (only, version) VALUES (0, ?1) ON CONFLICT (only) DO UPDATE SET version = excluded.version";
    connection.execute(text, [version])?;
    Ok(())
}
