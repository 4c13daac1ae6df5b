//! The workspace that a package belongs to: what its members inherit, and names of files as a reader knows them.

use std::path::{Component, Path, PathBuf};

use super::toml_path::{table_at, text};
use crate::parse::{LARGEST_TEXT, Source, Table, parse_document, read_bounded_text};

/// The root of a workspace with what members may inherit.
#[derive(Debug, Clone)]
pub struct Workspace {
    folder: PathBuf,
    dependencies: Table,
    package: Table,
}

impl Workspace {
    /// Finds the workspace of the package in `folder`: its own Cargo.toml, the one it names, or the nearest above with `[workspace]`.
    #[must_use]
    pub fn find(folder: &Path) -> Option<Self> {
        let own = document(folder)?;
        if let Some(named) = table_at(&own, &["package"]).and_then(|package| text(package, "workspace")) {
            let folder = normal(&folder.join(named));
            return document(&folder).and_then(|document| Self::of(&folder, &document));
        }
        folder.ancestors().find_map(|folder| document(folder).and_then(|document| Self::of(folder, &document)))
    }

    /// Takes the workspace from the text of its Cargo.toml; `None` when it has no `[workspace]`.
    #[must_use]
    pub fn parse(folder: &Path, text: &str) -> Option<Self> {
        Self::of(folder, &parse_document(&Source::new(text, "Cargo.toml")).0)
    }

    fn of(folder: &Path, document: &Table) -> Option<Self> {
        let workspace = document.table("workspace")?;
        let part = |key: &str| workspace.table(key).cloned().unwrap_or_default();
        Some(Self { folder: folder.to_owned(), dependencies: part("dependencies"), package: part("package") })
    }

    /// The folder of the workspace's Cargo.toml.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) const fn dependencies(&self) -> &Table {
        &self.dependencies
    }

    pub(super) const fn package(&self) -> &Table {
        &self.package
    }
}

fn document(folder: &Path) -> Option<Table> {
    let text = read_bounded_text(&folder.join("Cargo.toml"), LARGEST_TEXT).ok()?;
    Some(parse_document(&Source::new(&text, "Cargo.toml")).0)
}

/// A file's name for messages: relative to the workspace's folder with `/` between parts, or as it is when it lies outside.
#[must_use]
pub fn shown(file: &Path, root: &Path) -> String {
    let file = normal(file);
    let parts = file.strip_prefix(normal(root)).unwrap_or(&file);
    slashed(parts)
}

/// The way from a folder to a file with `/` between parts, for `concat!(env!("CARGO_MANIFEST_DIR"), "/", …)`.
#[must_use]
pub fn relative(from: &Path, file: &Path) -> String {
    let (from, file) = (normal(from), normal(file));
    let shared = from.components().zip(file.components()).take_while(|(left, right)| left == right).count();
    let up = from.components().skip(shared).map(|_| Component::ParentDir);
    slashed(&up.chain(file.components().skip(shared)).collect::<PathBuf>())
}

fn slashed(path: &Path) -> String {
    path.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/")
}

/// A path without `.` and `..`, by its words alone: symbolic links are not followed, as Cargo does it.
#[must_use]
pub fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if matches!(normal.components().next_back(), Some(Component::Normal(_))) => {
                normal.pop();
            }
            other => normal.push(other),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_files_from_the_root() {
        assert_eq!(shown(Path::new("/w/host/../plugins/a/plugin.toml"), Path::new("/w")), "plugins/a/plugin.toml");
        assert_eq!(shown(Path::new("/elsewhere/a/./plugin.toml"), Path::new("/w")), "/elsewhere/a/plugin.toml");
    }

    #[test]
    fn finds_the_way_to_a_file() {
        for (from, file, way) in [
            ("/w/host", "/w/host/host.toml", "host.toml"),
            ("/w/host", "/w/plugins/a/plugin.toml", "../plugins/a/plugin.toml"),
            ("/w/host", "/w/host/../plugins/a/plugin.toml", "../plugins/a/plugin.toml"),
            ("/w/a/b", "/x/y", "../../../x/y"),
        ] {
            assert_eq!(relative(Path::new(from), Path::new(file)), way);
        }
    }
}
