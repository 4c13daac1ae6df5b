//! One dependency of a host that is a plugin, and how it is read from the tables of Cargo.toml.

use std::path::{Path, PathBuf};

use super::condition::Condition;
use super::plugin::read_plugin;
use super::workspace::{Workspace, normal, relative};
use super::{code, toml_path};
use crate::parse::{Diagnostic, Entry, Place, Table, Value, nearest};

/// A dependency of a host whose package matches one of the host's plugin patterns.
#[derive(Debug, Clone)]
pub struct PluginDependency {
    /// Its name in the host's Cargo.toml.
    pub key: String,
    /// The name of its package.
    pub package: String,
    /// Whether Cargo.toml renames it, so that `key` is the crate's name whatever the package calls its library.
    pub renamed: bool,
    /// The package's folder, for a dependency with a `path`.
    pub folder: Option<PathBuf>,
    /// When it is part of the build: any of these.
    pub conditions: Vec<Condition>,
    /// Where it stands.
    pub place: Place,
}

impl PluginDependency {
    /// The feature to recommend for turning it on; empty when it is always on.
    #[must_use]
    pub fn feature(&self) -> &str {
        self.conditions.iter().flat_map(|condition| &condition.features).next().map_or("", String::as_str)
    }

    /// The predicate for `#[cfg(…)]`; `None` when it is always on.
    #[must_use]
    pub fn cfg(&self) -> Option<String> {
        Condition::any_cfg(&self.conditions)
    }

    /// Says that the dependency has no manifest at the place where one must be; `manifest` is the way there from the workspace.
    #[must_use]
    pub fn refuse_without_manifest(&self, manifest: &str) -> Diagnostic {
        let message = format!("`{}` matches the plugin patterns, but `{manifest}` does not exist", self.package);
        Diagnostic::new(code::NOT_A_PLUGIN, self.place.clone(), message).help(
            "write the plugin's manifest there; when it is elsewhere, say so in the plugin's Cargo.toml under \
             `[package.metadata.keyway]` with `manifest = \"path\"` or `manifest = \"inline\"`; when the package is no plugin, narrow \
             the patterns",
        )
    }

    /// The name by which the host's code calls the crate. `library` is what the package calls its library, when that is known.
    #[must_use]
    pub fn crate_name(&self, library: Option<&str>) -> String {
        match library {
            Some(library) if !self.renamed => library.to_owned(),
            _ => self.key.replace('-', "_"),
        }
    }
}

/// A dependency of a host with a `path` whose package matches none of the host's plugin patterns.
#[derive(Debug, Clone)]
pub struct OtherDependency {
    /// Its name in the host's Cargo.toml.
    pub key: String,
    /// The name of its package.
    pub package: String,
    /// The package's folder.
    pub folder: PathBuf,
    /// Where it stands.
    pub place: Place,
}

impl OtherDependency {
    pub(super) fn of(written: Written) -> Option<Self> {
        let Written { key, package, folder, place, .. } = written;
        Some(Self { key, package, folder: folder?, place })
    }

    /// Says that the dependency is a plugin all the same, when its folder holds a manifest or its Cargo.toml names one: it would be
    /// linked and never started.
    #[must_use]
    pub fn refuse_plugin(&self, root: &Path) -> Option<Diagnostic> {
        let found = read_plugin(&self.folder)?;
        let seen = match &found.manifest {
            Some(manifest) if manifest.is_file() => format!("`{}`", relative(root, manifest)),
            Some(_) => return None,
            None => "its Cargo.toml says `manifest = \"inline\"`".to_owned(),
        };
        let message = format!("`{}` is a plugin ({seen}), but matches no plugin pattern, so it would never start", self.package);
        let help =
            format!("add `\"{}\"`, or a pattern that it matches, to `plugins` under `[package.metadata.keyway]`", self.package);
        Some(Diagnostic::new(code::UNMATCHED, self.place.clone(), message).help(help))
    }
}

/// A dependency as one table of Cargo.toml writes it.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) key: String,
    pub(super) package: String,
    pub(super) renamed: bool,
    pub(super) optional: bool,
    pub(super) folder: Option<PathBuf>,
    pub(super) place: Place,
}

/// Reads one entry of a dependency table, with what it inherits from the workspace.
pub(super) fn read(
    entry: &Entry,
    host_folder: &Path,
    workspace: Option<&Workspace>,
    place: Place,
) -> Result<Written, Box<Diagnostic>> {
    let key = &entry.key.value;
    let empty = Table::default();
    let own = match &entry.value.value {
        Value::Table(table) => table,
        _ => &empty,
    };
    let (source, base) = if toml_path::flag(own, "workspace") {
        let missing = |message: String| Diagnostic::new(code::DEPENDENCY, place.clone(), message);
        let Some(workspace) = workspace else {
            let message = format!("`{key}` says `workspace = true`, but no Cargo.toml above has a `[workspace]`");
            return Err(Box::new(missing(message).help(format!("give `{key}` a version or a path here"))));
        };
        let Some(inherited) = workspace.dependencies().get(key) else {
            let known = workspace.dependencies().entries.iter().map(|entry| entry.key.value.as_str());
            let message = format!("`{key}` says `workspace = true`, but `[workspace.dependencies]` does not have it");
            let help = format!("add `{key}` to `[workspace.dependencies]` of the workspace's Cargo.toml");
            return Err(Box::new(missing(message).similar(nearest(key, known)).help(help)));
        };
        let table = match &inherited.value.value {
            Value::Table(table) => table,
            _ => &empty,
        };
        (table, workspace.folder())
    } else {
        (own, host_folder)
    };
    let package = toml_path::text(source, "package");
    Ok(Written {
        key: key.clone(),
        package: package.unwrap_or(key).to_owned(),
        renamed: package.is_some_and(|package| package != key),
        optional: toml_path::flag(own, "optional"),
        folder: toml_path::text(source, "path").map(|path| normal(&base.join(path))),
        place,
    })
}
