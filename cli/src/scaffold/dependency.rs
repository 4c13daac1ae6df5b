//! Where the dependencies of a new package come from.

use std::path::{Path, PathBuf};

use keyway_manifest::host::{normal, relative};
use toml_edit::{Array, InlineTable, Item, Value};

/// Where a dependency comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// `[workspace.dependencies]` says it.
    Workspace,
    /// A registry, by a range of versions.
    Version { range: String, registry: Option<String> },
    /// A folder, by its absolute path; with a range for those who take it from a registry.
    Folder { folder: PathBuf, range: Option<String> },
    /// A Git repository, with `branch`, `tag` or `rev` and what is meant by it.
    Git { url: String, reference: Option<(&'static str, String)>, range: Option<String> },
}

/// The keys that say which state of a Git repository is meant.
const REFERENCES: [&str; 3] = ["branch", "tag", "rev"];

impl Source {
    /// A registry, by a range of versions.
    pub(crate) fn version(range: &str) -> Self {
        Self::Version { range: range.to_owned(), registry: None }
    }

    /// A folder, by its absolute path.
    pub(crate) fn folder(folder: &Path) -> Self {
        Self::Folder { folder: folder.to_owned(), range: None }
    }

    /// Reads the value of a dependency in the Cargo.toml of `folder`; `None` when it says nothing of this kind.
    pub(crate) fn read(item: &Item, folder: &Path) -> Option<Self> {
        if let Some(range) = item.as_str() {
            return Some(Self::version(range));
        }
        let text = |key: &str| item.get(key).and_then(Item::as_str).map(str::to_owned);
        let range = text("version");
        if item.get("workspace").and_then(Item::as_bool) == Some(true) {
            return Some(Self::Workspace);
        }
        if let Some(path) = text("path") {
            return Some(Self::Folder { folder: normal(&folder.join(path)), range });
        }
        if let Some(url) = text("git") {
            let reference = REFERENCES.iter().find_map(|key| Some((*key, text(key)?)));
            return Some(Self::Git { url, reference, range });
        }
        Some(Self::Version { range: range?, registry: text("registry") })
    }

    /// Whether two packages that take a dependency from here and there get the same crate.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let real = |folder: &Path| folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        match (self, other) {
            (Self::Folder { folder, .. }, Self::Folder { folder: other, .. }) => real(folder) == real(other),
            (Self::Git { url, reference, .. }, Self::Git { url: other_url, reference: other_reference, .. }) => {
                (url, reference) == (other_url, other_reference)
            }
            _ => self == other,
        }
    }

    /// Whether one build can have both: of two ranges for one registry, Cargo may find a version that is in both.
    pub(crate) fn goes_with(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Version { registry, .. }, Self::Version { registry: others, .. }) => registry == others,
            _ => self.is_same(other),
        }
    }

    /// The table of the dependency, without features, in the Cargo.toml of the folder `from`; `None` when a text will do: the range.
    fn table(&self, from: &Path) -> Result<InlineTable, &str> {
        let mut table = InlineTable::new();
        let mut insert = |key: &str, text: &str| {
            table.insert(key, Value::from(text));
        };
        match self {
            Self::Workspace => {
                table.insert("workspace", Value::from(true));
            }
            Self::Version { range, registry: None } => return Err(range),
            Self::Version { range, registry: Some(registry) } => {
                insert("version", range);
                insert("registry", registry);
            }
            Self::Folder { folder, range } => {
                insert("path", &relative(from, folder));
                range.iter().for_each(|range| insert("version", range));
            }
            Self::Git { url, reference, range } => {
                insert("git", url);
                reference.iter().for_each(|(key, name)| insert(key, name));
                range.iter().for_each(|range| insert("version", range));
            }
        }
        Ok(table)
    }

    /// The table of the dependency in the Cargo.toml of the folder `from`.
    pub(crate) fn to_table(&self, from: &Path) -> InlineTable {
        self.table(from).unwrap_or_else(|range| InlineTable::from_iter([("version", range)]))
    }

    /// The table of the dependency in any Cargo.toml: a folder is written as an absolute path.
    pub(crate) fn to_absolute_table(&self) -> InlineTable {
        let mut table = self.to_table(Path::new(""));
        if let Self::Folder { folder, .. } = self {
            table.insert("path", Value::from(&*folder.to_string_lossy()));
        }
        table
    }

    /// What stands behind `name = ` in the Cargo.toml of the folder `from`.
    pub(crate) fn to_toml(&self, from: &Path, features: &[&str]) -> String {
        let mut table = match self.table(from) {
            Err(range) if features.is_empty() => return format!("\"{range}\""),
            _ => self.to_table(from),
        };
        if !features.is_empty() {
            table.insert("features", Value::Array(Array::from_iter(features.iter().copied())));
        }
        table.fmt();
        table.to_string()
    }

    /// It in words, for a reader in the folder `from`.
    pub(crate) fn shown(&self, from: &Path) -> String {
        match self {
            Self::Workspace => "as the workspace says".to_owned(),
            Self::Version { range, registry: None } => format!("version {range}"),
            Self::Version { range, registry: Some(registry) } => format!("version {range} of the registry `{registry}`"),
            Self::Folder { folder, .. } => format!("the folder `{}`", relative(from, folder)),
            Self::Git { url, reference: None, .. } => format!("the repository `{url}`"),
            Self::Git { url, reference: Some((key, name)), .. } => format!("the repository `{url}`, {key} `{name}`"),
        }
    }
}

/// The range that takes what is compatible with a version: `0.1` of `0.1.4`, `2` of `2.3.0`. A pre-release is taken only by a range that names it.
pub(crate) fn version_range(version: &str) -> String {
    if version.contains('-') {
        return version.split('+').next().unwrap_or(version).to_owned();
    }
    let mut parts = version.split('.');
    match (parts.next(), parts.next()) {
        (Some("0"), Some(minor)) => format!("0.{minor}"),
        (Some(major), _) => major.to_owned(),
        (None, _) => version.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use toml_edit::DocumentMut;

    use super::*;

    /// What is written of a dependency that was read in `/a/b`, by a package in `/a/c`.
    fn moved(written: &str, features: &[&str]) -> String {
        let document: DocumentMut = format!("dependency = {written}\n").parse().unwrap();
        Source::read(&document["dependency"], Path::new("/a/b")).unwrap().to_toml(Path::new("/a/c"), features)
    }

    #[test]
    fn sources_are_written_as_they_were_read() {
        for written in [
            "\"0.1\"",
            "{ path = \"/d\", version = \"0.1\" }",
            "{ git = \"https://example.org/keyway\" }",
            "{ git = \"file:///d\", tag = \"v1\", version = \"0.1\" }",
            "{ git = \"file:///d\", rev = \"abc\" }",
            "{ version = \"0.1\", registry = \"ours\" }",
            "{ workspace = true }",
        ] {
            assert_eq!(moved(written, &[]), written.replace("\"/d\"", "\"../../d\""));
        }
        assert_eq!(moved("\"0.1\"", &["host"]), "{ version = \"0.1\", features = [\"host\"] }");
        assert_eq!(moved("{ workspace = true }", &["a", "b"]), "{ workspace = true, features = [\"a\", \"b\"] }");
        assert_eq!(moved("{ path = '../c \"d\"' }", &[]), "{ path = '../c \"d\"' }");
        assert_eq!(moved("{ version = \"0.1\", features = [\"host\"], default-features = false }", &[]), "\"0.1\"");
        let ranges = ["0.1.4", "2.3.0", "1", "0.2.0-rc.1", "0.2.0-rc.1+5"].map(version_range);
        assert_eq!(ranges, ["0.1", "2", "1", "0.2.0-rc.1", "0.2.0-rc.1"]);
    }

    #[test]
    fn the_same_crate_may_be_written_in_two_ways() {
        let git = |reference: Option<(&'static str, String)>| Source::Git { url: "u".to_owned(), reference, range: None };
        assert!(
            Source::folder(Path::new("/"))
                .is_same(&Source::Folder { folder: PathBuf::from("/."), range: Some("0.1".to_owned()) })
        );
        assert!(!git(None).is_same(&git(Some(("tag", "v1".to_owned())))));
        assert!(!Source::version("0.1").is_same(&Source::folder(Path::new("/a"))));
        assert!(Source::version("0.1").is_same(&Source::version("0.1")));
    }
}
