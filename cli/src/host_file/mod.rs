//! The Cargo.toml of a host, as it is edited: the dependency on a plugin, the feature that turns it on, and what refers to both.

mod add;
mod remove;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use toml_edit::{DocumentMut, Item, Value};

use crate::failure::{Failure, FileVerb};
use crate::toml_file;

pub(crate) use add::Addition;

/// A line that is added to a file, or goes from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EditedLine {
    /// The table that it stands in, such as `features`.
    pub table: String,
    /// The line.
    pub line: String,
    /// Whether it comes; otherwise it goes.
    pub added: bool,
}

/// A host's Cargo.toml.
#[derive(Debug)]
pub(crate) struct HostFile {
    path: PathBuf,
    document: DocumentMut,
    before: DocumentMut,
}

impl HostFile {
    /// Reads it.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let document = toml_file::read(path)?;
        Ok(Self { path: path.to_owned(), before: document.clone(), document })
    }

    #[cfg(test)]
    fn of(text: &str) -> Self {
        let document: DocumentMut = text.parse().expect("the text of a test is TOML");
        Self { path: PathBuf::from("/site/host/Cargo.toml"), before: document.clone(), document }
    }

    /// The folder of the host, without links in its path, so that the way from there to another folder is known.
    fn folder(&self) -> PathBuf {
        let folder = self.path.parent().unwrap_or(&self.path);
        folder.canonicalize().unwrap_or_else(|_| folder.to_owned())
    }

    /// The whole text, with the changes.
    pub(crate) fn text(&self) -> String {
        self.document.to_string()
    }

    /// Writes it.
    ///
    /// # Errors
    /// It cannot be written; then it is as it was.
    pub(crate) fn write(&self) -> Result<(), Failure> {
        toml_file::write(&self.path, &self.text())
            .map_err(|error| Failure::file("the file", FileVerb::Written, &self.path, &error))
    }

    /// What the changes are, table by table.
    pub(crate) fn changes(&self) -> Vec<EditedLine> {
        let (before, after) = (lines(&self.before), lines(&self.document));
        let edited = |(table, line): &(String, String), added| EditedLine { table: table.clone(), line: line.clone(), added };
        let gone = before.iter().filter(|line| !after.contains(line)).map(|line| edited(line, false));
        let mut changes: Vec<_> =
            gone.chain(after.iter().filter(|line| !before.contains(line)).map(|line| edited(line, true))).collect();
        // What became of a line stands beside it.
        changes.sort_by(|left, right| (&left.table, key(&left.line)).cmp(&(&right.table, key(&right.line))));
        changes
    }

    /// The tables that hold dependencies of the package itself: that for all targets, then those of single ones.
    fn dependency_tables(&self) -> Vec<Vec<String>> {
        let mut tables = vec![vec!["dependencies".to_owned()]];
        if let Some(targets) = self.document.get("target").and_then(Item::as_table_like) {
            let of = |name: &str| vec!["target".to_owned(), name.to_owned(), "dependencies".to_owned()];
            tables.extend(targets.iter().map(|(name, _)| of(name)));
        }
        tables
    }

    fn table(&self, path: &[String]) -> Option<&dyn toml_edit::TableLike> {
        let item = path.iter().try_fold(self.document.as_item(), |item, key| item.get(key))?;
        item.as_table_like()
    }

    fn table_mut(&mut self, path: &[String]) -> Option<&mut dyn toml_edit::TableLike> {
        let mut item = self.document.as_item_mut();
        for key in path {
            item = item.get_mut(key)?;
        }
        item.as_table_like_mut()
    }

    /// The patterns of `[package.metadata.keyway]`.
    fn patterns_mut(&mut self) -> Option<&mut toml_edit::Array> {
        let path = ["package", "metadata", "keyway"].map(str::to_owned);
        self.table_mut(&path)?.get_mut("plugins")?.as_array_mut()
    }

    /// The lists of `[features]`, by name.
    fn features_mut(&mut self) -> impl Iterator<Item = (String, &mut toml_edit::Array)> {
        let table = self.document.get_mut("features").and_then(Item::as_table_like_mut);
        table
            .into_iter()
            .flat_map(|table| table.iter_mut())
            .filter_map(|(key, item)| Some((key.get().to_owned(), item.as_array_mut()?)))
    }

    /// Whether a dependency of this name is there.
    pub(crate) fn has_dependency(&self, name: &str) -> bool {
        self.dependency_tables().iter().any(|path| self.table(path).is_some_and(|table| table.contains_key(name)))
    }

    /// Whether `[dependencies]` says that a dependency has a feature.
    pub(crate) fn dependency_has_feature(&self, name: &str, feature: &str) -> bool {
        let features = self.document.get("dependencies").and_then(|table| table.get(name)?.get("features")?.as_array());
        features.is_some_and(|features| features.iter().any(|other| other.as_str() == Some(feature)))
    }
}

/// Each value of a document as a line, with the table that it is in: `key = value`.
fn lines(document: &DocumentMut) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    add_lines("", document.as_item(), &mut lines);
    lines
}

fn add_lines(path: &str, item: &Item, lines: &mut Vec<(String, String)>) {
    let Some(table) = item.as_table_like() else { return };
    for (key, item) in table.iter() {
        match item {
            Item::Value(value) => lines.push((path.to_owned(), format!("{key} = {}", one_line(value)))),
            Item::Table(_) => {
                let name = if key.contains('.') { format!("'{key}'") } else { key.to_owned() };
                add_lines(&if path.is_empty() { name } else { format!("{path}.{name}") }, item, lines);
            }
            Item::ArrayOfTables(_) | Item::None => {}
        }
    }
}

/// A value without the spaces and comments around it and its elements.
fn one_line(value: &Value) -> String {
    let mut value = value.clone();
    value.decor_mut().clear();
    if let Some(list) = value.as_array_mut() {
        list.iter_mut().for_each(|element| element.decor_mut().clear());
        list.set_trailing("");
        list.set_trailing_comma(false);
        list.fmt();
    }
    value.to_string()
}

fn key(line: &str) -> &str {
    line.split_once(" = ").map_or(line, |(key, _)| key)
}
