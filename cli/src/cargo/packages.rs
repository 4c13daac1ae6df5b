//! The packages that a host is linked with, as `cargo metadata` knows them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::failure::{Class, Failure, PROGRAM};

/// What `cargo metadata` says about a build.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Metadata {
    pub(crate) packages: Vec<MetadataPackage>,
    pub(crate) workspace_root: PathBuf,
    resolve: Resolve,
}

/// One package.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct MetadataPackage {
    /// Cargo's own name for it, which is the same in all that Cargo says.
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) license: Option<String>,
    pub(crate) manifest_path: PathBuf,
}

#[derive(Debug, Clone, Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Debug, Clone, Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
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

impl MetadataPackage {
    /// The folder of its Cargo.toml.
    pub(crate) fn folder(&self) -> &Path {
        self.manifest_path.parent().unwrap_or(&self.manifest_path)
    }
}

impl Metadata {
    /// Asks Cargo, offline, about the project of a Cargo.toml, for one target and with these arguments about features.
    ///
    /// # Errors
    /// What Cargo said.
    pub(crate) fn ask(manifest: &Path, target: &str, features: &[String]) -> Result<Self, Failure> {
        let failed = |said: &str| {
            let message = format!("`cargo metadata` cannot say what the host is linked with: {said}");
            Failure::new(Class::Project, PROGRAM, message).help("run `cargo fetch`, which downloads it, and then this again")
        };
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(["metadata", "--format-version", "1", "--offline", "--filter-platform", target]);
        command.arg("--manifest-path").arg(manifest).args(features);
        let output = command.stdin(Stdio::null()).output().map_err(|error| failed(&error.to_string()))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(failed(said.lines().find(|line| !line.trim().is_empty()).unwrap_or("nothing").trim()));
        }
        serde_json::from_slice(&output.stdout).map_err(|error| failed(&error.to_string()))
    }

    /// The package of an id.
    pub(crate) fn package(&self, id: &str) -> Option<&MetadataPackage> {
        self.packages.iter().find(|package| package.id == id)
    }

    /// The ids of all that these packages are linked with, themselves included; what only builds or tests them is not. `built` says what of
    /// it was really built, as Cargo tells it with the features that other packages of the workspace turn on.
    pub(crate) fn linked<'m>(&'m self, roots: &[&'m str], built: &dyn Fn(&str) -> bool) -> BTreeSet<&'m str> {
        let nodes: BTreeMap<&str, &Node> = self.resolve.nodes.iter().map(|node| (node.id.as_str(), node)).collect();
        let mut linked: BTreeSet<&str> = roots.iter().copied().collect();
        let mut open: Vec<&str> = roots.to_vec();
        while let Some(id) = open.pop() {
            for dependency in nodes.get(id).map_or(&[][..], |node| &node.deps) {
                let is_normal = dependency.dep_kinds.iter().any(|kind| kind.kind.is_none());
                if is_normal && built(&dependency.pkg) && linked.insert(&dependency.pkg) {
                    open.push(&dependency.pkg);
                }
            }
        }
        linked
    }
}

#[cfg(test)]
mod tests {
    use super::Metadata;

    #[test]
    fn what_only_builds_or_tests_is_not_linked() {
        let package = |id: &str| serde_json::json!({"id": id, "name": id, "version": "1.0.0", "manifest_path": format!("/{id}/Cargo.toml")});
        let needs = |pkg: &str, kind: Option<&str>| serde_json::json!({"pkg": pkg, "dep_kinds": [{"kind": kind}]});
        let node = |id: &str, deps: &[serde_json::Value]| serde_json::json!({"id": id, "deps": deps});
        let packages = ["a", "b", "c", "d", "e"].map(package);
        let metadata: Metadata = serde_json::from_value(serde_json::json!({
            "packages": packages, "workspace_root": "/",
            "resolve": {"nodes": [
                node("a", &[needs("b", None), needs("c", Some("build")), needs("d", Some("dev")), needs("e", None)]),
                node("b", &[needs("a", None)]),
            ]},
        }))
        .unwrap();
        let linked = metadata.linked(&["a"], &|id| id != "e");
        assert_eq!(linked.into_iter().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(metadata.package("b").unwrap().folder(), std::path::Path::new("/b"));
    }
}
