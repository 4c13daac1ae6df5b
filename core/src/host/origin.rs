//! Where the parts of the configuration were written, for messages.

use std::fmt;

use keyway_manifest::{Location, shown_text};
use toml::Table;
use toml::de::{DeTable, DeValue};

/// One source of the configuration, kept as it was given.
#[derive(Debug)]
pub(super) enum Origin {
    /// A table that the program has made.
    Table(Table),
    /// A file, by its path as the program named it.
    File { name: String, text: String },
}

/// A place in a text, with its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    file: String,
    line: usize,
    column: usize,
    snippet: String,
    width: usize,
}

/// Finds the key at a path of keys; the source given last holds, as for the values. `None` where the program made the table.
pub(super) fn find(origins: &[Origin], path: &[&str]) -> Option<Place> {
    for origin in origins.iter().rev() {
        match origin {
            Origin::Table(table) if has(table, path) => return None,
            Origin::Table(_) => {}
            Origin::File { name, text } => {
                if let Some(place) = DeTable::parse(text).ok().and_then(|root| find_key(root.get_ref(), path, name, text)) {
                    return Some(place);
                }
            }
        }
    }
    None
}

/// Whether a table has the key at a path of keys.
pub(super) fn has(table: &Table, path: &[&str]) -> bool {
    match path {
        [] => true,
        [last] => table.contains_key(*last),
        [first, rest @ ..] => table.get(*first).and_then(toml::Value::as_table).is_some_and(|inner| has(inner, rest)),
    }
}

fn find_key(table: &DeTable<'_>, path: &[&str], name: &str, text: &str) -> Option<Place> {
    let (first, rest) = path.split_first()?;
    let (key, value) = table.iter().find(|(key, _)| key.get_ref().as_ref() == *first)?;
    match (rest, value.get_ref()) {
        ([], _) => Some(Place::new(name, text, key.span())),
        (rest, DeValue::Table(inner)) => find_key(inner, rest, name, text),
        _ => None,
    }
}

impl Place {
    /// The place of a range of bytes.
    pub(super) fn new(file: &str, text: &str, span: std::ops::Range<usize>) -> Self {
        let before = text.get(..span.start).unwrap_or(text);
        let begin = before.rfind('\n').map_or(0, |at| at + 1);
        let snippet = text[begin..].lines().next().unwrap_or_default();
        let column = before[begin..].chars().count() + 1;
        let marked = text.get(span).map_or(0, |marked| marked.lines().next().unwrap_or_default().chars().count());
        let line = before.matches('\n').count() + 1;
        Self { file: file.to_owned(), line, column, snippet: snippet.to_owned(), width: marked.max(1) }
    }

    /// The place of a line of a manifest; `None` where it is not known.
    pub(super) fn of(location: Location) -> Option<Self> {
        location.is_known().then(|| Self {
            file: location.file.to_owned(),
            line: location.line as usize,
            column: location.column as usize,
            snippet: location.snippet.to_owned(),
            width: location.width.max(1) as usize,
        })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column, snippet, width } = self;
        // What is no TOML may hold anything. A tab is as wide as any other character, as for the carets.
        let snippet = shown_text(&snippet.replace('\t', " "));
        let gutter = line.to_string();
        let blank = " ".repeat(gutter.len());
        let indent = " ".repeat(column.saturating_sub(1));
        let carets = "^".repeat(*width);
        write!(formatter, "\n  --> {file}:{line}:{column}\n{blank} |\n{gutter} | {snippet}\n{blank} | {indent}{carets}")
    }
}
