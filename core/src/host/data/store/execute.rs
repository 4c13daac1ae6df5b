//! Runs statements on a connection.

use std::sync::Arc;

use rusqlite::{Connection, params_from_iter};

use super::sql::{self, Sql};
use super::{LARGEST_ANSWER, Store, rule};
use crate::capability::DataError;
use crate::capability::database::{Answer, Kind, Row, Rows, Selection, Statement, Table, Value};

/// The permission that a statement needs.
pub(super) const fn permission(statement: &Statement) -> &'static str {
    match statement {
        Statement::Select(_) | Statement::Count(_) => "database.read",
        Statement::Insert { .. } | Statement::Update { .. } | Statement::Delete { .. } => "database.write",
    }
}

/// The table that a statement is about.
pub(super) fn table_of(statement: &Statement) -> &str {
    match statement {
        Statement::Select(selection) | Statement::Count(selection) => &selection.table,
        Statement::Insert { table, .. } | Statement::Update { table, .. } | Statement::Delete { table, .. } => table,
    }
}

/// Runs one statement. `id` makes the id of a new row.
pub(super) fn execute(
    store: &Store,
    connection: &Connection,
    statement: &Statement,
    id: impl FnOnce() -> String,
) -> Result<Answer, DataError> {
    let table = store.table(table_of(statement))?;
    let failed = |error: rusqlite::Error| store.failed(&error, Some(&table.name));
    let change = |sql: &Sql| {
        let mut statement = connection.prepare_cached(&sql.text).map_err(failed)?;
        statement.execute(params_from_iter(&sql.values)).map_err(failed).map(|count| count as u64)
    };
    match statement {
        Statement::Select(selection) => select(store, connection, &table, selection).map(Answer::Rows),
        Statement::Count(selection) => {
            let sql = sql::count(&table, selection)?;
            let mut statement = connection.prepare_cached(&sql.text).map_err(failed)?;
            let count = statement.query_row(params_from_iter(&sql.values), |row| row.get::<_, i64>(0));
            count.map(|count| Answer::Count(count.unsigned_abs())).map_err(failed)
        }
        Statement::Insert { values, .. } => {
            check_json(store, connection, &table, values)?;
            let id = id();
            change(&sql::insert(&table, values, id.clone(), store.now())?)?;
            Ok(Answer::Id(id))
        }
        Statement::Update { values, conditions, .. } => {
            check_json(store, connection, &table, values)?;
            change(&sql::update(&table, values, conditions, store.now())?).map(Answer::Count)
        }
        Statement::Delete { conditions, .. } => change(&sql::delete(&table, conditions)?).map(Answer::Count),
    }
}

fn select(store: &Store, connection: &Connection, table: &Table, selection: &Selection) -> Result<Rows, DataError> {
    let failed = |error: rusqlite::Error| store.failed(&error, Some(&table.name));
    let names: Arc<[String]> = sql::columns(table).map(str::to_owned).collect();
    let kinds = names.iter().map(|name| sql::kind_of(table, name)).collect::<Result<Vec<&Kind>, _>>()?;
    let sql = sql::select(table, selection)?;
    let mut statement = connection.prepare_cached(&sql.text).map_err(failed)?;
    let mut found = statement.query(params_from_iter(&sql.values)).map_err(failed)?;
    let limit = usize::try_from(selection.limit).unwrap_or(usize::MAX);
    let (mut rows, mut size, mut has_more) = (Vec::new(), 0, false);
    while let Some(row) = found.next().map_err(failed)? {
        if rows.len() == limit {
            has_more = true;
            break;
        }
        let mut values = Vec::with_capacity(kinds.len());
        for (index, kind) in kinds.iter().enumerate() {
            values.push(rule::shown(kind, row.get(index).map_err(failed)?));
        }
        size += values.iter().map(size_of).sum::<usize>();
        if size > LARGEST_ANSWER {
            let (name, count) = (&table.name, rows.len());
            return Err(DataError::Statement(format!(
                "the answer of a query of table `{name}` is larger than {LARGEST_ANSWER} bytes after {count} rows; set a limit below that"
            )));
        }
        rows.push(Row::new(Arc::clone(&names), values));
    }
    Ok(Rows::new(rows, has_more))
}

/// About how much memory a value takes.
fn size_of(value: &Value) -> usize {
    std::mem::size_of::<Value>()
        + match value {
            Value::Text(text) => text.len(),
            Value::Blob(bytes) => bytes.len(),
            Value::Null | Value::Boolean(_) | Value::Integer(_) | Value::Real(_) | Value::Timestamp(_) => 0,
        }
}

/// Has SQLite read the values of JSON columns.
fn check_json(store: &Store, connection: &Connection, table: &Table, values: &[(String, Value)]) -> Result<(), DataError> {
    for column in table.columns.iter().filter(|column| column.kind == Kind::Json) {
        let Some(text) = values.iter().find(|(name, _)| *name == column.name).and_then(|(_, value)| value.as_text()) else {
            continue;
        };
        let is_valid = connection
            .prepare_cached("SELECT json_valid(?1)")
            .and_then(|mut statement| statement.query_row([text], |row| row.get::<_, bool>(0)));
        if !is_valid.map_err(|error| store.failed(&error, Some(&table.name)))? {
            let (table, column) = (table.name.clone(), column.name.clone());
            return Err(DataError::Rule { table, column, rule: "takes well-formed JSON".to_owned() });
        }
    }
    Ok(())
}
