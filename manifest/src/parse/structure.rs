//! Compares a document with the table of keys: unknown keys, missing keys and values of the wrong type.

use std::ops::Range;

use super::document::{Table, Value, named};
use super::near::nearest;
use super::source::{Source, Spanned};
use crate::schema::{Key, Kind, Presence};

/// One way in which a document does not have the shape of the schema.
#[derive(Debug)]
pub(crate) enum Fault<'a> {
    /// A key that the table does not have.
    UnknownKey { key: &'a Spanned<String>, value: &'a Spanned<Value>, table: String, known: &'static [Key] },
    /// A key that the table must have; the span is the table's header.
    MissingKey { key: &'static Key, table: String, at: Range<usize> },
    /// A value of another type than its key takes.
    WrongType { key: String, value: &'a Spanned<Value>, kind: &'static Kind },
}

/// Lists everything in which `table` differs from `keys`.
pub(crate) fn compare<'a>(table: &'a Table, keys: &'static [Key], source: &'a Source) -> Vec<Fault<'a>> {
    let mut walk = Walk { source, faults: Vec::new() };
    walk.table(table, keys, "", &(0..0));
    walk.faults
}

struct Walk<'a> {
    source: &'a Source,
    faults: Vec<Fault<'a>>,
}

impl<'a> Walk<'a> {
    fn table(&mut self, table: &'a Table, keys: &'static [Key], path: &str, header: &Range<usize>) {
        for entry in &table.entries {
            match keys.iter().find(|key| key.name == entry.key.value) {
                Some(key) => self.value(&entry.key.value, &entry.key.span, &entry.value, &key.kind, &join(path, key.name)),
                None => {
                    let (key, value, table) = (&entry.key, &entry.value, path.to_owned());
                    self.faults.push(Fault::UnknownKey { key, value, table, known: keys });
                }
            }
        }
        for key in keys {
            if key.presence == Presence::Required && table.get(key.name).is_none() && !is_misspelt(table, key.name) {
                self.faults.push(Fault::MissingKey { key, table: path.to_owned(), at: header.clone() });
            }
        }
    }

    fn value(&mut self, name: &str, key: &Range<usize>, value: &'a Spanned<Value>, kind: &'static Kind, path: &str) {
        if !kind.takes(&value.value) {
            return self.faults.push(Fault::WrongType { key: name.to_owned(), value, kind });
        }
        match (kind, &value.value) {
            (Kind::TextList(_) | Kind::TextListOrTable(..) | Kind::TrueOrList, Value::List(items)) => {
                for item in items.iter().filter(|item| !ITEM.takes(&item.value)) {
                    self.faults.push(Fault::WrongType { key: format!("an item of {name}"), value: item, kind: &ITEM });
                }
            }
            (Kind::Table(keys) | Kind::TextOrTable(_, keys) | Kind::TextListOrTable(_, keys), Value::Table(table)) => {
                let header = if table.header { &value.span } else { key };
                self.table(table, keys, path, header);
            }
            (Kind::Map(entry, _), Value::Table(table)) => {
                for item in named(table, entry, self.source) {
                    self.value(&item.name.value, &item.name.span, item.value, entry, &item.name.value);
                }
            }
            _ => {}
        }
    }
}

/// Whether a key that is missing is there under a name near its own, which is told as an unknown key: one mistake, one message.
pub(super) fn is_misspelt(table: &Table, key: &str) -> bool {
    table.entries.iter().any(|entry| !nearest(&entry.key.value, [key]).is_empty())
}

static ITEM: Kind = Kind::Text("\"…\"");

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}
