//! Reads TOML front matter.

use toml::de::{DeTable, DeValue};

use super::{Entry, Parsed, Problem, SERVED_WITHOUT, Value};

pub(super) fn parse(block: &str) -> Parsed {
    let line_of = |offset: usize| 1 + block.as_bytes().iter().take(offset).filter(|byte| **byte == b'\n').count();
    let table = DeTable::parse(block).map_err(|error| {
        let line = error.span().map_or(1, |span| line_of(span.start));
        Problem::new(line, error.message().replace('\n', ", "), SERVED_WITHOUT)
    })?;
    let mut entries: Vec<Entry> = table
        .into_inner()
        .into_iter()
        .map(|(key, value)| Entry {
            line: line_of(key.span().start),
            key: key.into_inner().into_owned(),
            value: read(value.into_inner()),
        })
        .collect();
    entries.sort_by_key(|entry| entry.line);
    Ok(entries)
}

fn read(value: DeValue<'_>) -> Value {
    match value {
        DeValue::Array(items) => {
            let texts: Option<Vec<String>> = items.into_iter().map(|item| scalar(item.into_inner())).collect();
            texts.map_or(Value::Nested, Value::List)
        }
        other => scalar(other).map_or(Value::Nested, Value::Text),
    }
}

fn scalar(value: DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.into_owned()),
        DeValue::Integer(number) => Some(number.to_string()),
        DeValue::Float(number) => Some(number.to_string()),
        DeValue::Boolean(flag) => Some(flag.to_string()),
        DeValue::Datetime(time) => Some(time.to_string()),
        DeValue::Array(_) | DeValue::Table(_) => None,
    }
}
