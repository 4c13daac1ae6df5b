//! A package that is there already: its name, and where it takes its dependencies from.

use std::path::{Path, PathBuf};

use toml_edit::{DocumentMut, Item, TableLike};

use super::dependency::Source;
use super::enclosing::Enclosing;
use crate::toml_file;

/// A package, as its Cargo.toml tells it.
#[derive(Debug, Clone)]
pub(crate) struct Package {
    name: String,
    folder: PathBuf,
    document: DocumentMut,
}

impl Package {
    /// The package in a folder; `None` when there is none, or its Cargo.toml is not understood, which Cargo tells.
    pub(crate) fn in_folder(folder: &Path) -> Option<Self> {
        let document = toml_file::read(&folder.join("Cargo.toml")).ok()?;
        let name = document.get("package")?.get("name")?.as_str()?.to_owned();
        Some(Self { name, folder: folder.to_owned(), document })
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The folder of its Cargo.toml.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether its Cargo.toml says which of its dependencies are plugins.
    pub(crate) fn is_host(&self) -> bool {
        let keyway = self.document.get("package").and_then(|package| package.get("metadata")?.get("keyway"));
        keyway.is_some_and(|keyway| keyway.get("plugins").is_some())
    }

    /// Whether the manifest of a plugin lies in it.
    pub(crate) fn is_plugin(&self) -> bool {
        let found = keyway_manifest::host::read_plugin(&self.folder);
        found.is_some_and(|found| found.manifest.is_none_or(|manifest| manifest.is_file()))
    }

    /// Where it takes a dependency from, for whatever it needs it. What it leaves to a workspace, that one says.
    pub(crate) fn dependency(&self, name: &str) -> Option<Source> {
        let source = Source::read(self.tables().find_map(|table| table.get(name))?, &self.folder)?;
        match source {
            // The workspace of a file in the package's folder is the package's own.
            Source::Workspace => Enclosing::around(&self.folder.join("Cargo.toml")).ok()??.dependency(name),
            source => Some(source),
        }
    }

    /// The names of the packages that its own code can name: what tests and build scripts need is left out.
    pub(crate) fn dependencies(&self) -> Vec<String> {
        let name = |(key, item): (&str, &Item)| item.get("package").and_then(Item::as_str).unwrap_or(key).to_owned();
        self.tables_called("dependencies").flat_map(|table| table.iter().map(name).collect::<Vec<_>>()).collect()
    }

    /// The folders of what it depends on by a path.
    pub(super) fn folders(&self) -> Vec<PathBuf> {
        let path = |(_, item): (&str, &Item)| Some(self.folder.join(item.get("path")?.as_str()?));
        self.tables().flat_map(|table| table.iter().filter_map(path).collect::<Vec<_>>()).collect()
    }

    fn tables(&self) -> impl Iterator<Item = &dyn TableLike> {
        ["dependencies", "dev-dependencies", "build-dependencies"].into_iter().flat_map(|name| self.tables_called(name))
    }

    /// The tables of this name: that for all targets, then those of single ones.
    fn tables_called(&self, name: &'static str) -> impl Iterator<Item = &dyn TableLike> {
        let targets = self.document.get("target").and_then(Item::as_table_like);
        let of_targets = targets.into_iter().flat_map(|targets| targets.iter()).filter_map(move |(_, target)| target.get(name));
        self.document.get(name).into_iter().chain(of_targets).filter_map(Item::as_table_like)
    }
}
