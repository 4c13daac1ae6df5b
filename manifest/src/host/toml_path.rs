//! Looks things up in the tree of a Cargo.toml.

use crate::parse::{Table, Value};

/// The table at a path of keys.
pub(super) fn table_at<'a>(table: &'a Table, path: &[&str]) -> Option<&'a Table> {
    path.iter().try_fold(table, |table, key| table.table(key))
}

/// The string under a key.
pub(super) fn text<'a>(table: &'a Table, key: &str) -> Option<&'a str> {
    match &table.get(key)?.value.value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

/// Whether a key is `true`.
pub(super) fn flag(table: &Table, key: &str) -> bool {
    matches!(table.get(key).map(|entry| &entry.value.value), Some(Value::Flag(true)))
}

/// The strings of a list.
pub(super) fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::List(items) => crate::parse::strings(items).into_iter().map(|item| item.value).collect(),
        _ => Vec::new(),
    }
}
