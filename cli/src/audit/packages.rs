//! Who is who in a build: the plugin, Keyway and the SDK, what those need themselves, and what the plugin brings.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use super::failure::FailureKind;
use crate::failure::Failure;

/// What `cargo metadata` says, as far as an audit asks.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Metadata {
    pub(crate) packages: Vec<Package>,
    pub(crate) workspace_root: PathBuf,
    pub(crate) target_directory: PathBuf,
    workspace_members: Vec<String>,
    resolve: Resolve,
}

/// One package of a build.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Package {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) manifest_path: PathBuf,
    targets: Vec<CargoTarget>,
}

#[derive(Debug, Clone, Deserialize)]
struct CargoTarget {
    name: String,
    kind: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Debug, Clone, Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
    #[serde(default)]
    features: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct Dependency {
    pkg: String,
    dep_kinds: Vec<DependencyKind>,
}

#[derive(Debug, Clone, Deserialize)]
struct DependencyKind {
    kind: Option<String>,
}

impl Package {
    /// The folder of its Cargo.toml.
    pub(crate) fn folder(&self) -> &Path {
        self.manifest_path.parent().unwrap_or(&self.manifest_path)
    }

    /// The name of its library as code writes it; `None` for one that has none to link.
    pub(crate) fn crate_name(&self) -> Option<String> {
        let linked = |kind: &String| matches!(kind.as_str(), "lib" | "rlib" | "dylib");
        self.targets.iter().find(|target| target.kind.iter().any(linked)).map(|target| target.name.replace('-', "_"))
    }

    /// What of it runs while it is built, which is not in its object code.
    pub(crate) fn runs_at_build_time(&self) -> Option<&'static str> {
        let is = |wanted: &str| self.targets.iter().any(|target| target.kind.iter().any(|kind| kind == wanted));
        if is("proc-macro") {
            Some("procedural macro")
        } else if is("custom-build") {
            Some("build script")
        } else {
            None
        }
    }
}

impl Metadata {
    /// Asks Cargo about the project of a Cargo.toml, with these arguments about features.
    ///
    /// # Errors
    /// What Cargo said.
    pub(crate) fn ask(manifest: &Path, target: &str, offline: bool, features: &[String]) -> Result<Self, Failure> {
        let told = |said: &str| {
            let message = format!("`cargo metadata` could not say what the plugins depend on: {said}");
            FailureKind::Build.failure(message, "run `cargo fetch`, which downloads it, and then this again")
        };
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
        command
            .args(["metadata", "--format-version", "1", "--filter-platform", target, "--manifest-path"])
            .arg(manifest)
            .args(features);
        if offline {
            command.arg("--offline");
        }
        let output = command.stdin(Stdio::null()).output().map_err(|error| told(&error.to_string()))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            let lines: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
            // What is wrong stands first, and why last.
            return Err(told(&match lines.as_slice() {
                [] => "it failed without a word".to_owned(),
                [only] => (*only).to_owned(),
                [first, .., last] => format!("{first}: {last}"),
            }));
        }
        serde_json::from_slice(&output.stdout).map_err(|error| told(&error.to_string()))
    }

    /// The package with this id.
    pub(crate) fn package(&self, id: &str) -> Option<&Package> {
        self.packages.iter().find(|package| package.id == id)
    }

    /// The package whose Cargo.toml is in a folder.
    pub(crate) fn package_in(&self, folder: &Path) -> Option<&Package> {
        let folder = std::fs::canonicalize(folder).ok()?;
        self.packages.iter().find(|package| std::fs::canonicalize(package.folder()).is_ok_and(|known| known == folder))
    }

    /// Whether a package is one of the workspace.
    pub(crate) fn is_member(&self, id: &str) -> bool {
        self.workspace_members.iter().any(|member| member == id)
    }

    /// The package whose folder a file lies in, of those that are not in the workspace's folder, and the rest of the path.
    pub(crate) fn holding<'m, 'f>(&'m self, file: &'f Path) -> Option<(&'m Package, &'f Path)> {
        let holds = |package: &'m Package| Some((package, file.strip_prefix(package.folder()).ok()?));
        self.packages.iter().filter(|package| !package.folder().starts_with(&self.workspace_root)).find_map(holds)
    }

    /// The features with which the build that was asked about has a package.
    pub(crate) fn features(&self, id: &str) -> &[String] {
        self.resolve.nodes.iter().find(|node| node.id == id).map_or(&[], |node| &node.features)
    }

    /// What a package is linked with, itself included, each with the packages that lead to it.
    ///
    /// Cargo tells what a package needs with all features of all packages in the workspace; `built` says what was really built.
    fn linked(&self, roots: &[&str], built: &dyn Fn(&str) -> bool) -> BTreeMap<String, Vec<String>> {
        let nodes: BTreeMap<&str, &Node> = self.resolve.nodes.iter().map(|node| (node.id.as_str(), node)).collect();
        let mut paths: BTreeMap<String, Vec<String>> = roots.iter().map(|id| ((*id).to_owned(), Vec::new())).collect();
        let mut open: VecDeque<String> = roots.iter().map(|id| (*id).to_owned()).collect();
        while let Some(id) = open.pop_front() {
            let Some(node) = nodes.get(id.as_str()) else { continue };
            let mut path = paths[&id].clone();
            path.push(id.clone());
            for dependency in &node.deps {
                let normal = dependency.dep_kinds.iter().any(|kind| kind.kind.is_none());
                if normal && built(&dependency.pkg) && !paths.contains_key(&dependency.pkg) {
                    paths.insert(dependency.pkg.clone(), path.clone());
                    open.push_back(dependency.pkg.clone());
                }
            }
        }
        paths
    }
}

/// What a crate is to the plugin that is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Party {
    /// The plugin.
    Plugin,
    /// What it brings.
    Brought,
    /// What Keyway and the SDK bring. What they do with it is theirs; what the plugin does with it is the plugin's.
    Shared,
    /// Keyway and the SDK.
    Keyway,
}

/// The crates that a plugin is linked with.
#[derive(Debug)]
pub(crate) struct Parties {
    of: BTreeMap<String, Party>,
    paths: BTreeMap<String, Vec<String>>,
    /// What runs while the plugin is built: package and what it is.
    pub(crate) at_build_time: Vec<(String, &'static str)>,
    /// Crates of Keyway or the SDK that are not believed, since something else in the build has the same name.
    pub(crate) doubtful: Vec<String>,
}

/// The packages that are Keyway itself.
const KEYWAY: &[&str] = &["keyway", "keyway-manifest", "keyway-macros"];

impl Parties {
    /// Sorts the crates of a plugin. `sdk` are the crates that declare the host's extension points, `built` those that were built.
    pub(crate) fn of(metadata: &Metadata, plugin: &str, sdk: &[String], built: &dyn Fn(&str) -> bool) -> Self {
        let linked = metadata.linked(&[plugin], built);
        let believed = |package: &&Package| {
            package.id != plugin
                && linked.contains_key(&package.id)
                && (KEYWAY.contains(&package.name.as_str()) || package.crate_name().is_some_and(|name| sdk.contains(&name)))
        };
        let keyway: Vec<&str> = metadata.packages.iter().filter(believed).map(|package| package.id.as_str()).collect();
        let theirs = metadata.linked(&keyway, built);
        let mut parties = Self { of: BTreeMap::new(), paths: BTreeMap::new(), at_build_time: Vec::new(), doubtful: Vec::new() };
        let mut doubtful = BTreeSet::new();
        for (id, path) in &linked {
            let Some(package) = metadata.package(id) else { continue };
            let party = match id.as_str() {
                id if id == plugin => Party::Plugin,
                id if keyway.contains(&id) => Party::Keyway,
                id if theirs.contains_key(id) => Party::Shared,
                _ => Party::Brought,
            };
            if party < Party::Shared
                && let Some(what) = package.runs_at_build_time()
            {
                parties.at_build_time.push((format!("{} {}", package.name, package.version), what));
            }
            let Some(name) = package.crate_name() else { continue };
            let known = parties.of.entry(name.clone()).or_insert(party);
            if *known != party && (*known).max(party) == Party::Keyway {
                doubtful.insert(name.clone());
            }
            // Where two crates share a name, symbols do not tell them apart: the one that is believed less decides.
            *known = (*known).min(party);
            let names = path.iter().chain([id]).filter_map(|id| metadata.package(id)).map(|package| package.name.clone());
            parties.paths.entry(name).or_insert_with(|| names.skip(1).collect());
        }
        parties.doubtful = doubtful.into_iter().collect();
        parties.at_build_time.sort();
        parties
    }

    /// What a crate is; `None` for one that is not part of the plugin, such as `std`.
    pub(crate) fn party(&self, name: &str) -> Option<Party> {
        self.of.get(name).copied()
    }

    /// The packages that lead from the plugin to a crate, the plugin left out.
    pub(crate) fn path(&self, name: &str) -> &[String] {
        self.paths.get(name).map_or(&[], Vec::as_slice)
    }

    /// The names of all crates of one kind.
    pub(crate) fn all(&self, party: Party) -> impl Iterator<Item = &str> {
        self.of.iter().filter(move |(_, of)| **of == party).map(|(name, _)| name.as_str())
    }

    /// Whether a crate of this name is linked with the plugin.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.of.contains_key(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata(packages: &[(&str, &str, &[&str])]) -> Metadata {
        let package = |(id, name, _): &(&str, &str, &[&str])| {
            serde_json::json!({"id": id, "name": name, "version": "1.0.0", "manifest_path": format!("/{id}/Cargo.toml"),
                "targets": [{"name": name, "kind": ["lib"]}]})
        };
        let node = |(id, _, needs): &(&str, &str, &[&str])| {
            let deps: Vec<_> = needs.iter().map(|pkg| serde_json::json!({"pkg": pkg, "dep_kinds": [{"kind": null}]})).collect();
            serde_json::json!({"id": id, "deps": deps})
        };
        let packages_json: Vec<_> = packages.iter().map(package).collect();
        let nodes: Vec<_> = packages.iter().map(node).collect();
        let value = serde_json::json!({"packages": packages_json, "resolve": {"nodes": nodes}, "workspace_root": "/", "target_directory": "/t", "workspace_members": []});
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn what_keyway_needs_is_shared_and_the_rest_is_brought() {
        let metadata = metadata(&[
            ("p", "plugin", &["keyway", "sdk", "own", "http"]),
            ("keyway", "keyway", &["serde"]),
            ("sdk", "site-sdk", &["keyway", "http"]),
            ("http", "http", &[]),
            ("serde", "serde", &[]),
            ("own", "own", &["below"]),
            ("below", "below", &[]),
        ]);
        let parties = Parties::of(&metadata, "p", &["site_sdk".to_owned()], &|_| true);
        let of = |name| parties.party(name).unwrap();
        assert_eq!([of("plugin"), of("keyway"), of("site_sdk")], [Party::Plugin, Party::Keyway, Party::Keyway]);
        assert_eq!([of("http"), of("serde")], [Party::Shared, Party::Shared]);
        assert_eq!([of("own"), of("below")], [Party::Brought, Party::Brought]);
        assert_eq!(parties.path("below"), ["own", "below"]);
        assert_eq!(parties.party("std"), None);
        let without_sdk = Parties::of(&metadata, "p", &[], &|_| true);
        assert_eq!(without_sdk.party("site_sdk"), Some(Party::Brought));
        assert!(parties.doubtful.is_empty());
    }

    #[test]
    fn a_crate_that_calls_itself_keyway_makes_keyway_doubtful() {
        let mut metadata = metadata(&[("p", "plugin", &["keyway", "false"]), ("keyway", "keyway", &[]), ("false", "other", &[])]);
        let other = metadata.packages.iter_mut().find(|package| package.id == "false").unwrap();
        other.targets[0].name = "keyway".to_owned();
        let parties = Parties::of(&metadata, "p", &[], &|_| true);
        assert_eq!(parties.party("keyway"), Some(Party::Brought));
        assert_eq!(parties.doubtful, ["keyway"]);
    }
}
