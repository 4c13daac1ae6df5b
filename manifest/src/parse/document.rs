//! The TOML document as a tree in file order, with a span for every key and value.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::near::nearest;
use super::source::{Source, Spanned};
use crate::schema::Kind;

/// A table and its entries in file order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    pub(crate) entries: Vec<Entry>,
    /// Made by a dotted key or a longer header, never written on its own.
    pub(crate) implicit: bool,
    /// Written as `[header]`, not as `{ … }`.
    pub(crate) header: bool,
}

/// One key with its value.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) key: Spanned<String>,
    pub(crate) value: Spanned<Value>,
}

/// A TOML value.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Text(String),
    /// `None` when it does not fit 64 bits.
    Integer(Option<i64>),
    Float,
    Flag(bool),
    Date,
    List(Vec<Spanned<Self>>),
    Table(Table),
}

impl Value {
    /// The type in words, with its article.
    pub(crate) const fn type_name(&self) -> &'static str {
        match self {
            Self::Text(_) => "a string",
            Self::Integer(_) => "an integer",
            Self::Float => "a floating-point number",
            Self::Flag(_) => "a boolean",
            Self::Date => "a date",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
        }
    }
}

impl Kind {
    /// Tells whether a value has one of the types that this kind takes.
    pub(crate) const fn takes(&self, value: &Value) -> bool {
        match self {
            Self::Text(_) | Self::Choice(_) => matches!(value, Value::Text(_)),
            Self::Integer => matches!(value, Value::Integer(Some(_))),
            Self::Flag => matches!(value, Value::Flag(_)),
            Self::TextList(_) => matches!(value, Value::List(_)),
            Self::TrueOrList => matches!(value, Value::Flag(_) | Value::List(_)),
            Self::Table(_) | Self::Map(..) | Self::Free => matches!(value, Value::Table(_)),
            Self::TextOrTable(..) => matches!(value, Value::Text(_) | Value::Table(_)),
            Self::TextListOrTable(..) => matches!(value, Value::List(_) | Value::Table(_)),
        }
    }
}

impl Table {
    pub(crate) fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key.value == key)
    }

    pub(crate) fn table(&self, key: &str) -> Option<&Self> {
        match self.get(key).map(|entry| &entry.value.value) {
            Some(Value::Table(table)) => Some(table),
            _ => None,
        }
    }

    /// How many tables and lists stand inside each other, this one included.
    pub(crate) fn depth(&self) -> usize {
        1 + self.entries.iter().map(|entry| entry.value.value.depth()).max().unwrap_or(0)
    }
}

impl Value {
    fn depth(&self) -> usize {
        match self {
            Self::Table(table) => table.depth(),
            Self::List(items) => 1 + items.iter().map(|item| item.value.depth()).max().unwrap_or(0),
            _ => 0,
        }
    }
}

/// An entry of a table whose keys are ids or permissions, its dotted key put together.
#[derive(Debug, Clone)]
pub(crate) struct Named<'a> {
    pub(crate) name: Spanned<String>,
    pub(crate) value: &'a Spanned<Value>,
}

/// A syntax error as the TOML parser tells it.
#[derive(Debug, Clone)]
pub(crate) struct SyntaxError {
    pub(crate) message: String,
    pub(crate) span: Range<usize>,
}

/// Parses a text as far as it can be parsed.
pub(crate) fn parse(source: &Source) -> (Table, Vec<SyntaxError>) {
    let (table, errors) = DeTable::parse_recoverable(source.text());
    let end = source.text().len();
    let errors = errors
        .iter()
        .map(|error| SyntaxError { message: error.message().to_owned(), span: error.span().unwrap_or(end..end) })
        .collect();
    (convert_table(table.into_inner(), source, false, false), errors)
}

fn convert_table(table: DeTable<'_>, source: &Source, implicit: bool, header: bool) -> Table {
    let mut entries: Vec<Entry> = table
        .into_iter()
        .map(|(key, value)| {
            let (key_span, span) = (key.span(), value.span());
            let key = Spanned::new(key.into_inner().into_owned(), key_span.clone());
            let value = match value.into_inner() {
                // The parser gives a table that no header or brace opens the span of the key that implied it.
                DeValue::Table(table) => {
                    let header = source.slice(&span).starts_with('[');
                    Value::Table(convert_table(table, source, span == key_span, header))
                }
                other => convert_value(other, source),
            };
            Entry { key, value: Spanned::new(value, span) }
        })
        .collect();
    entries.sort_by_key(|entry| entry.key.span.start);
    Table { entries, implicit, header }
}

fn convert_value(value: DeValue<'_>, source: &Source) -> Value {
    match value {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(number) => Value::Integer(i64::from_str_radix(number.as_str(), number.radix()).ok()),
        DeValue::Float(_) => Value::Float,
        DeValue::Boolean(flag) => Value::Flag(flag),
        DeValue::Datetime(_) => Value::Date,
        DeValue::Array(items) => Value::List(
            items.iter().map(|item| Spanned::new(convert_value(item.get_ref().clone(), source), item.span())).collect(),
        ),
        DeValue::Table(table) => Value::Table(convert_table(table, source, false, false)),
    }
}

/// Lists the entries of a table keyed by dotted names: `"site.search" = …`, `site.search = …` and `[requires.site.search]` are the same.
///
/// `kind` is that of the entries: it tells an entry written as a table from a part of a name.
pub(crate) fn named<'a>(table: &'a Table, kind: &Kind, source: &Source) -> Vec<Named<'a>> {
    let mut found = Vec::new();
    collect_named(table, None, kind, source, &mut found);
    found.sort_by_key(|entry| entry.name.span.start);
    found
}

fn collect_named<'a>(
    table: &'a Table,
    prefix: Option<&Spanned<String>>,
    kind: &Kind,
    source: &Source,
    found: &mut Vec<Named<'a>>,
) {
    for entry in &table.entries {
        let name = match prefix {
            None => entry.key.clone(),
            Some(prefix) => {
                Spanned::new(format!("{}.{}", prefix.value, entry.key.value), span_with_prefix(prefix, &entry.key.span, source))
            }
        };
        match &entry.value.value {
            Value::Table(inner) if is_part_of_a_name(&entry.key.value, inner, kind) => {
                collect_named(inner, Some(&name), kind, source, found);
            }
            _ => found.push(Named { name, value: &entry.value }),
        }
    }
}

fn is_part_of_a_name(key: &str, table: &Table, kind: &Kind) -> bool {
    let entry_keys = || kind.keys().iter().map(|key| key.name);
    if table.implicit {
        let is_key = |entry: &Entry| entry_keys().any(|key| key == entry.key.value);
        if !matches!(kind, Kind::Table(_)) {
            return !table.entries.iter().any(is_key);
        }
        // Below `"site.menu"` stands a key of that entry, and so does a misspelt key, unless it holds an entry itself.
        let holds_entry = |entry: &Entry| matches!(&entry.value.value, Value::Table(inner) if inner.entries.iter().any(is_key));
        let is_misspelt = |entry: &Entry| !nearest(&entry.key.value, entry_keys()).is_empty() && !holds_entry(entry);
        return !key.contains('.') && !table.entries.iter().any(|entry| is_key(entry) || is_misspelt(entry));
    }
    // `[requires.site]` above `content = "^1"`: nothing below the header may be meant for an entry called `site`.
    let is_entry = |entry: &Entry| kind.takes(&entry.value.value) && nearest(&entry.key.value, entry_keys()).is_empty();
    table.header && !key.contains('.') && !table.entries.is_empty() && table.entries.iter().all(is_entry)
}

/// The span of `prefix.key` when it is written in one piece, else of the key alone.
fn span_with_prefix(prefix: &Spanned<String>, key: &Range<usize>, source: &Source) -> Range<usize> {
    let before = source.slice(&(0..key.start)).trim_end_matches([' ', '\t']);
    let Some(before) = before.strip_suffix('.') else { return key.clone() };
    let before = before.trim_end_matches([' ', '\t']);
    let written = source.slice(&prefix.span);
    if !written.is_empty() && before.ends_with(written) { before.len() - written.len()..key.end } else { key.clone() }
}
