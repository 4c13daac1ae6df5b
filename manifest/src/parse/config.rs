//! Writes the `[config]` table back as TOML text of its own, so that a host can merge it with its configuration.

use super::document::{Table, Value};
use super::source::{Source, Spanned};

/// The table's entries, one line each, tables inline. Scalars keep the spelling of the file.
pub(crate) fn to_toml(table: &Table, source: &Source) -> String {
    let mut text = String::new();
    for entry in &table.entries {
        text.push_str(&key(&entry.key.value));
        text.push_str(" = ");
        text.push_str(&value(&entry.value, source));
        text.push('\n');
    }
    text
}

fn value(item: &Spanned<Value>, source: &Source) -> String {
    match &item.value {
        Value::Text(text) => quote(text),
        Value::Flag(flag) => flag.to_string(),
        Value::Integer(_) | Value::Float | Value::Date => source.slice(&item.span).to_owned(),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(|item| value(item, source)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Table(table) => {
            let entry = |entry: &super::document::Entry| format!("{} = {}", key(&entry.key.value), value(&entry.value, source));
            let entries: Vec<String> = table.entries.iter().map(entry).collect();
            format!("{{ {} }}", entries.join(", "))
        }
    }
}

fn key(key: &str) -> String {
    let bare = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if bare { key.to_owned() } else { quote(key) }
}

/// A TOML basic string.
pub(crate) fn quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            control if control.is_control() => quoted.push_str(&format!("\\u{:04X}", control as u32)),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}
