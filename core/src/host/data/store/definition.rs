//! Tables as the file has them: the names, what SQLite is told of them, and how they are noted for the next version.

use crate::capability::DataError;
use crate::capability::database::{Column, Index, Kind, Table, Value};

/// The columns that every table has, in front of its own.
pub(super) const BUILT_IN: [&str; 3] = ["id", "created_at", "updated_at"];

const LONGEST_NAME: usize = 48;

/// Whether a name can stand in a statement: lowercase letters, digits and `_`, a letter first.
pub(super) fn is_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    name.len() <= LONGEST_NAME && name.as_bytes().first().is_some_and(u8::is_ascii_lowercase) && name.bytes().all(is_plain)
}

/// The name of a table in the file, quoted. The prefix keeps it apart from the host's tables and from those of SQLite.
pub(super) fn quoted_table(name: &str) -> String {
    debug_assert!(is_name(name), "names are checked before");
    format!("\"own_{name}\"")
}

/// The name of a column, quoted.
pub(super) fn quoted(name: &str) -> String {
    debug_assert!(is_name(name), "names are checked before");
    format!("\"{name}\"")
}

/// Every mistake that can be seen in the description of a table alone.
pub(super) fn check(table: &Table) -> Result<(), DataError> {
    let refuse = |problem: String| Err(DataError::Schema(problem));
    let name = &table.name;
    if !is_name(name) {
        return refuse(format!("`{name}` cannot name a table: use lowercase letters, digits and `_`, at most {LONGEST_NAME}"));
    }
    if let Some(method) = table.mistake {
        return refuse(format!("`{method}` was said in table `{name}` where no column is that it fits"));
    }
    for (index, column) in table.columns.iter().enumerate() {
        let Column { name: own, kind, .. } = column;
        if !is_name(own) {
            return refuse(format!(
                "`{own}` cannot name a column of table `{name}`: use lowercase letters, digits and `_`, at most {LONGEST_NAME}"
            ));
        }
        if BUILT_IN.contains(&own.as_str()) || table.columns[..index].iter().any(|other| other.name == *own) {
            return refuse(format!("table `{name}` has two columns `{own}`; every table has {}", list(BUILT_IN)));
        }
        if let Kind::Reference { table, .. } = kind
            && !is_name(table)
        {
            return refuse(format!("column `{own}` of table `{name}` names a table `{table}`, which cannot be the name of one"));
        }
        if let Some(default) = &column.default {
            super::rule::check(name, column, default)?;
        }
    }
    Ok(())
}

/// Names in backticks with commas.
pub(super) fn list<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The statement that makes a table, and those that make its indexes.
pub(super) fn create(table: &Table) -> Vec<String> {
    let columns: String = table.columns.iter().map(|column| format!(", {}", column_definition(column))).collect();
    let name = quoted_table(&table.name);
    let make = format!(
        "CREATE TABLE {name} (\"id\" TEXT PRIMARY KEY NOT NULL, \"created_at\" INTEGER NOT NULL, \"updated_at\" INTEGER NOT NULL{columns}) STRICT"
    );
    let indexes = table.columns.iter().filter_map(|column| create_index(&table.name, column));
    std::iter::once(make).chain(indexes).collect()
}

/// A column as `CREATE TABLE` and `ADD COLUMN` take it.
pub(super) fn column_definition(column: &Column) -> String {
    let kind = match &column.kind {
        Kind::Integer | Kind::Boolean | Kind::Timestamp => "INTEGER",
        Kind::Real => "REAL",
        Kind::Blob => "BLOB",
        Kind::Text | Kind::Json | Kind::Reference { .. } => "TEXT",
    };
    let mut text = format!("{} {kind}", quoted(&column.name));
    if column.is_required {
        text += " NOT NULL";
    }
    if let Some(default) = &column.default {
        text += &format!(" DEFAULT {}", literal(default));
    }
    if let Kind::Reference { table, cascades } = &column.kind {
        let then = if *cascades { "CASCADE" } else { "RESTRICT" };
        text += &format!(" REFERENCES {} (\"id\") ON DELETE {then}", quoted_table(table));
    }
    text
}

/// A value as SQLite reads it in a definition, where none can be bound.
fn literal(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Boolean(value) => i64::from(*value).to_string(),
        Value::Integer(value) | Value::Timestamp(value) => value.to_string(),
        // Infinity has no literal; a number beyond all others is read as it.
        Value::Real(value) if value.is_infinite() => if *value > 0.0 { "9e999" } else { "-9e999" }.to_owned(),
        Value::Real(value) => format!("{value:e}"),
        Value::Text(value) => format!("'{}'", value.replace('\'', "''")),
        Value::Blob(value) => format!("X'{}'", value.iter().map(|byte| format!("{byte:02X}")).collect::<String>()),
    }
}

/// The statement that makes the index of a column, if it has one.
pub(super) fn create_index(table: &str, column: &Column) -> Option<String> {
    let unique = match column.index {
        Index::None => return None,
        Index::Plain => "",
        Index::Unique => "UNIQUE ",
    };
    let (index, on) = (quoted_index(table, &column.name), quoted_table(table));
    Some(format!("CREATE {unique}INDEX {index} ON {on} ({})", quoted(&column.name)))
}

/// The name of a column's index; the dot can be in no other name.
pub(super) fn quoted_index(table: &str, column: &str) -> String {
    debug_assert!(is_name(table) && is_name(column), "names are checked before");
    format!("\"own_{table}.{column}\"")
}

/// What of a column the file depends on, in one line; the rest of its rules may change freely.
pub(super) fn note(column: &Column) -> String {
    let kind = match &column.kind {
        Kind::Text => "text".to_owned(),
        Kind::Integer => "integer".to_owned(),
        Kind::Real => "real".to_owned(),
        Kind::Boolean => "boolean".to_owned(),
        Kind::Blob => "blob".to_owned(),
        Kind::Timestamp => "timestamp".to_owned(),
        Kind::Json => "json".to_owned(),
        Kind::Reference { table, cascades } => format!("reference {table}{}", if *cascades { " cascades" } else { "" }),
    };
    let required = if column.is_required { " required" } else { "" };
    let index = match column.index {
        Index::None => "",
        Index::Plain => " indexed",
        Index::Unique => " unique",
    };
    format!("{} {kind}{required}{index}", column.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_mean_something_to_sql_are_refused() {
        for good in ["a", "comments", "a_1", &"x".repeat(LONGEST_NAME)] {
            assert!(is_name(good), "{good}");
        }
        let long = "x".repeat(LONGEST_NAME + 1);
        let bad = ["", "1a", "_a", "A", "a\"", "a;--", "a b", "a.b", "ä", "a\0", "sqlite_master\"", "x'", long.as_str()];
        for bad in bad {
            assert!(!is_name(bad), "{bad}");
            assert!(check(&Table::new(bad)).is_err(), "{bad}");
            assert!(check(&Table::new("t").text(bad)).is_err(), "{bad}");
            assert!(check(&Table::new("t").reference("r", bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn words_of_sql_are_plain_names() {
        let table = Table::new("select").text("from").required().default("it's").unique().reference("where", "group").cascades();
        check(&table).unwrap();
        assert_eq!(
            create(&table),
            [
                "CREATE TABLE \"own_select\" (\"id\" TEXT PRIMARY KEY NOT NULL, \"created_at\" INTEGER NOT NULL, \"updated_at\" INTEGER NOT NULL, \"from\" TEXT NOT NULL DEFAULT 'it''s', \"where\" TEXT REFERENCES \"own_group\" (\"id\") ON DELETE CASCADE) STRICT",
                "CREATE UNIQUE INDEX \"own_select.from\" ON \"own_select\" (\"from\")",
            ]
        );
    }

    #[test]
    fn what_makes_no_sense_is_told() {
        for (table, part) in [
            (Table::new("t").required(), "`required` was said"),
            (Table::new("t").integer("n").max(3), "`max` was said"),
            (Table::new("t").text("n").between(1, 2), "`between` was said"),
            (Table::new("t").text("id"), "two columns `id`"),
            (Table::new("t").text("a").text("a"), "two columns `a`"),
            (Table::new("t").text("a").max(2).default("long"), "at most 2 characters"),
        ] {
            let error = check(&table).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }
}
