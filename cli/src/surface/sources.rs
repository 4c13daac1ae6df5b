//! What only source code tells about the plugins of a build: `unsafe`, and the licences of what they bring.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use keyway_manifest::parse::{LARGEST_TEXT, read_bounded_text};
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use super::model::Surface;
use super::unsafe_code::{self, UnsafeCode};
use crate::cargo::{Artifact, Metadata, Package};
use crate::project::{Module, SourceTree};

/// What the source code of a host's plugins tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sources {
    /// The plugins, in start order.
    pub plugins: Vec<PluginSources>,
    /// What Keyway and the SDK are linked with, themselves included: every plugin has it.
    pub shared: Vec<LinkedPackage>,
}

/// What the source code of one plugin tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PluginSources {
    /// The plugin's id.
    pub id: String,
    /// What it says about `unsafe`; `null` when its source code was not found.
    pub unsafe_code: Option<UnsafeCode>,
    /// The packages that it is linked with beyond what Keyway and the SDK bring; empty for a plugin inside the host's own package.
    pub dependencies: Vec<LinkedPackage>,
}

/// A package that is linked into a program.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkedPackage {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its licence; `null` when its Cargo.toml names none.
    pub license: Option<String>,
}

/// Reads the source code of a build's plugins.
pub(crate) fn read_sources(surface: &Surface, metadata: &Metadata, artifacts: &[Artifact]) -> Sources {
    let linked: BTreeSet<&str> =
        artifacts.iter().filter(|artifact| artifact.is_linked()).map(|artifact| artifact.package.as_str()).collect();
    let built = |id: &str| linked.contains(id);
    let sdk = surface.sdk.as_ref().map(|sdk| sdk.package.as_str());
    let roots: Vec<&str> = metadata
        .packages
        .iter()
        .filter(|package| built(&package.id) && (package.name == "keyway" || Some(package.name.as_str()) == sdk))
        .map(|package| package.id.as_str())
        .collect();
    let shared = metadata.linked(&roots, &built);
    let plugin = |id: &str, package: &str, version: &str| {
        let Some(package) = package_of(package, version, metadata, artifacts) else {
            return PluginSources { id: id.to_owned(), unsafe_code: None, dependencies: Vec::new() };
        };
        let dependencies = match package.name == surface.host.package {
            true => BTreeMap::new(),
            false => metadata.linked(&[&package.id], &built),
        };
        let beyond = dependencies.keys().filter(|id| **id != package.id && !shared.contains_key(*id));
        PluginSources {
            id: id.to_owned(),
            unsafe_code: match package.name == surface.host.package {
                true => unsafe_code_of_host(package, metadata),
                false => unsafe_code_of(package, metadata, artifacts),
            },
            dependencies: packages(beyond, metadata),
        }
    };
    let plugins = surface.plugins.iter().map(|of| plugin(&of.id, &of.package, &of.version)).collect();
    Sources { plugins, shared: packages(shared.keys(), metadata) }
}

/// The package of a plugin. Its version decides where a build has several of one name; the manifest may give the plugin another one.
fn package_of<'m>(name: &str, version: &str, metadata: &'m Metadata, artifacts: &[Artifact]) -> Option<&'m Package> {
    let is_built = |package: &&Package| artifacts.iter().any(|artifact| artifact.package == package.id);
    let mut known: Vec<&Package> = metadata.packages.iter().filter(|package| package.name == name).filter(is_built).collect();
    known.sort_by_key(|package| package.version != version);
    known.first().copied()
}

fn packages<'a>(ids: impl Iterator<Item = &'a String>, metadata: &Metadata) -> Vec<LinkedPackage> {
    let linked = |package: &Package| LinkedPackage {
        name: package.name.clone(),
        version: package.version.clone(),
        license: package.license.clone(),
    };
    let mut packages: Vec<LinkedPackage> = ids.filter_map(|id| metadata.package(id)).map(linked).collect();
    packages.sort();
    packages
}

/// What the compiler read of the plugin's library.
fn unsafe_code_of(package: &Package, metadata: &Metadata, artifacts: &[Artifact]) -> Option<UnsafeCode> {
    let mut own = artifacts.iter().filter(|artifact| artifact.package == package.id);
    let library = own.find(|artifact| artifact.is_linked() && !artifact.sources.is_empty())?;
    let roots = std::slice::from_ref(&library.root);
    Some(unsafe_code::read(package.folder(), roots, &library.sources, forbidden_by(package.folder(), &metadata.workspace_root)))
}

/// The modules of the host's package, one of which is the plugin.
fn unsafe_code_of_host(package: &Package, metadata: &Metadata) -> Option<UnsafeCode> {
    let tree = SourceTree::of_package(package.folder()).ok()?;
    let files = |is_wanted: &dyn Fn(&&Module) -> bool| -> Vec<PathBuf> {
        tree.modules().iter().filter(is_wanted).map(|module| module.file.clone()).collect()
    };
    let roots = files(&|module| module.path.is_empty());
    let mut all = files(&|module| !tree.is_for_tests(&module.path));
    // What is no syntax that is understood here may still be read as tokens.
    all.extend(tree.unread().iter().map(|(file, _)| file.clone()));
    Some(unsafe_code::read(package.folder(), &roots, &all, forbidden_by(package.folder(), &metadata.workspace_root)))
}

/// Whether `[lints]` of the package forbids unsafe code, itself or through its workspace.
fn forbidden_by(folder: &Path, workspace: &Path) -> bool {
    let read =
        |folder: &Path| -> Option<Table> { read_bounded_text(&folder.join("Cargo.toml"), LARGEST_TEXT).ok()?.parse().ok() };
    let forbids = |lints: &Value| {
        let level = lints.get("rust").and_then(|rust| rust.get("unsafe_code"));
        let level = level.and_then(|level| level.as_str().or_else(|| level.get("level")?.as_str()));
        level == Some("forbid")
    };
    let Some(lints) = read(folder).and_then(|cargo_toml| cargo_toml.get("lints").cloned()) else { return false };
    if lints.get("workspace").and_then(Value::as_bool) == Some(true) {
        return read(workspace).is_some_and(|root| root.get("workspace").and_then(|all| all.get("lints")).is_some_and(forbids));
    }
    forbids(&lints)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lints_forbid_unsafe_code_by_themselves_or_through_the_workspace() {
        let workspace = std::env::temp_dir().join(format!("keyway-surface-lints-{}", std::process::id()));
        let package = workspace.join("package");
        std::fs::create_dir_all(&package).unwrap();
        let says = |own: &str, of_all: &str| {
            std::fs::write(package.join("Cargo.toml"), own).unwrap();
            std::fs::write(workspace.join("Cargo.toml"), of_all).unwrap();
            forbidden_by(&package, &workspace)
        };
        assert!(says("[lints.rust]\nunsafe_code = \"forbid\"", ""));
        assert!(says("[lints.rust]\nunsafe_code = { level = \"forbid\", priority = 1 }", ""));
        assert!(says("[lints]\nworkspace = true", "[workspace.lints.rust]\nunsafe_code = \"forbid\""));
        assert!(!says("[lints.rust]\nunsafe_code = \"deny\"", ""));
        assert!(!says("[package]", "[workspace.lints.rust]\nunsafe_code = \"forbid\""));
        assert!(!says("[lints]\nworkspace = true", "[workspace]"));
        std::fs::remove_dir_all(workspace).unwrap();
    }
}
