//! The packages of a workspace and of what they are built from, as `cargo metadata` knows them.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};

use keyway_build::project::{Refusal, cargo_output};
use serde::Deserialize;
use serde_json::Value;

/// What `cargo metadata` says.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Metadata {
    /// Those of the workspace, and with [`Depth::Built`] what they are built from.
    pub(crate) packages: Vec<Package>,
    pub(crate) workspace_root: PathBuf,
    pub(crate) target_directory: PathBuf,
    #[serde(default)]
    workspace_members: Vec<String>,
    /// Absent when only members were asked for.
    resolve: Option<Resolve>,
}

/// One package.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Package {
    /// Cargo's own name for it, which is the same in all that Cargo says.
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) license: Option<String>,
    /// Where it comes from, in Cargo's words; `None` for one of a folder.
    pub(crate) source: Option<String>,
    /// The oldest compiler that it is for.
    pub(crate) rust_version: Option<String>,
    pub(crate) manifest_path: PathBuf,
    #[serde(default)]
    targets: Vec<Target>,
    #[serde(default)]
    dependencies: Vec<Declared>,
    /// `[package.metadata]`.
    #[serde(default)]
    metadata: Value,
}

#[derive(Debug, Clone, Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

/// A dependency as a Cargo.toml declares it.
#[derive(Debug, Clone, Deserialize)]
struct Declared {
    name: String,
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

/// A dependency as Cargo has resolved it.
#[derive(Debug, Clone, Deserialize)]
struct Dependency {
    pkg: String,
    dep_kinds: Vec<DependencyKind>,
}

#[derive(Debug, Clone, Deserialize)]
struct DependencyKind {
    kind: Option<String>,
}

/// What to ask Cargo about the project of a Cargo.toml.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question<'q> {
    pub(crate) manifest: &'q Path,
    pub(crate) depth: Depth<'q>,
    pub(crate) offline: bool,
}

/// How much to ask for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Depth<'q> {
    /// The packages of the workspace: neither the network nor a Cargo.lock is needed for that.
    Members,
    /// What they are built from as well, for one target, or for all; `features` are Cargo's own arguments about features.
    Built { target: Option<&'q str>, features: &'q [String] },
}

impl Metadata {
    /// Asks Cargo.
    ///
    /// # Errors
    /// What Cargo said.
    pub(crate) fn ask(question: &Question<'_>) -> Result<Self, Refusal> {
        Self::answer(question, &[])
    }

    /// The same of the packages that Cargo.lock names, which is never written.
    ///
    /// # Errors
    /// What Cargo said.
    pub(crate) fn ask_as_locked(question: &Question<'_>) -> Result<Self, Refusal> {
        Self::answer(question, &["--locked"])
    }

    fn answer(question: &Question<'_>, further: &[&str]) -> Result<Self, Refusal> {
        let mut command = super::command();
        command.args(["metadata", "--format-version", "1", "--manifest-path"]).arg(question.manifest);
        match question.depth {
            Depth::Members => {
                command.arg("--no-deps");
            }
            Depth::Built { target, features } => {
                command.args(target.map(|target| ["--filter-platform", target]).into_iter().flatten()).args(features);
            }
        }
        command.args(question.offline.then_some("--offline")).args(further);
        let output = cargo_output(&mut command, &|_| false).map_err(|error| Refusal::no_answer(error.to_string()))?;
        if !output.status.success() {
            return Err(Refusal::of(&output));
        }
        serde_json::from_slice(&output.stdout)
            .map_err(|error| Refusal::no_answer(format!("the answer is not understood: {error}")))
    }

    /// The package with this id.
    pub(crate) fn package(&self, id: &str) -> Option<&Package> {
        self.packages.iter().find(|package| package.id == id)
    }

    /// The package whose Cargo.toml is in a folder.
    pub(crate) fn package_in(&self, folder: &Path) -> Option<&Package> {
        if let Some(package) = self.packages.iter().find(|package| package.folder() == folder) {
            return Some(package);
        }
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
        self.nodes().iter().find(|node| node.id == id).map_or(&[], |node| &node.features)
    }

    /// What these packages are linked with, themselves included, each with the packages that lead to it; what only builds or tests them
    /// is not linked.
    ///
    /// Cargo tells what a package needs with all features of all packages in the workspace; `built` says what was really built.
    pub(crate) fn linked(&self, roots: &[&str], built: &dyn Fn(&str) -> bool) -> BTreeMap<String, Vec<String>> {
        self.reached(roots, &|dependency| dependency.is_of_kind(None) && built(&dependency.pkg))
    }

    /// The packages among `some` that need the one of an id to be linked.
    pub(crate) fn dependents<'m>(&self, id: &str, some: &[&'m Package]) -> Vec<&'m Package> {
        let needs = |package: &&&Package| {
            let node = self.nodes().iter().find(|node| node.id == package.id);
            node.is_some_and(|node| node.deps.iter().any(|dependency| dependency.pkg == id && dependency.is_of_kind(None)))
        };
        some.iter().filter(needs).copied().collect()
    }

    /// What a package is built from, itself not included: what it is linked with, and what its build scripts are.
    pub(crate) fn built_from(&self, root: &str) -> BTreeMap<String, Vec<String>> {
        let is_built = |dependency: &Dependency| dependency.is_of_kind(None) || dependency.is_of_kind(Some("build"));
        let mut reached = self.reached(&[root], &is_built);
        reached.remove(root);
        reached
    }

    /// All packages that lie on ways of such dependencies from the roots, each with the shortest way to it.
    fn reached(&self, roots: &[&str], follows: &dyn Fn(&Dependency) -> bool) -> BTreeMap<String, Vec<String>> {
        let nodes: BTreeMap<&str, &Node> = self.nodes().iter().map(|node| (node.id.as_str(), node)).collect();
        let mut ways: BTreeMap<String, Vec<String>> = roots.iter().map(|id| ((*id).to_owned(), Vec::new())).collect();
        let mut open: VecDeque<String> = roots.iter().map(|id| (*id).to_owned()).collect();
        while let Some(id) = open.pop_front() {
            let Some(node) = nodes.get(id.as_str()) else { continue };
            let mut way = ways[&id].clone();
            way.push(id);
            for dependency in node.deps.iter().filter(|dependency| follows(dependency)) {
                if !ways.contains_key(&dependency.pkg) {
                    ways.insert(dependency.pkg.clone(), way.clone());
                    open.push_back(dependency.pkg.clone());
                }
            }
        }
        ways
    }

    fn nodes(&self) -> &[Node] {
        self.resolve.as_ref().map_or(&[], |resolve| &resolve.nodes)
    }
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

    /// Whether its Cargo.toml has a dependency of this name, of any kind.
    pub(crate) fn depends_on(&self, name: &str) -> bool {
        self.dependencies.iter().any(|dependency| dependency.name == name)
    }

    /// Whether its Cargo.toml says which dependencies are plugins, as that of a host does.
    pub(crate) fn has_patterns(&self) -> bool {
        self.metadata["keyway"]["plugins"].is_array()
    }
}

impl Dependency {
    /// Whether it is needed so; `None` is an ordinary dependency.
    fn is_of_kind(&self, kind: Option<&str>) -> bool {
        self.dep_kinds.iter().any(|known| known.kind.as_deref() == kind)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// An answer of Cargo's: packages with a library each, by id and name, and what they need, a kind before the id where it is not an
    /// ordinary dependency, as in `build:cc`.
    pub(crate) fn metadata(packages: &[(&str, &str, &[&str])]) -> Metadata {
        let package = |(id, name, _): &(&str, &str, &[&str])| {
            serde_json::json!({"id": id, "name": name, "version": "1.0.0", "manifest_path": format!("/{id}/Cargo.toml"),
                "targets": [{"name": name, "kind": ["lib"]}]})
        };
        let need = |need: &&str| {
            let (kind, pkg) = need.split_once(':').map_or((None, *need), |(kind, pkg)| (Some(kind), pkg));
            serde_json::json!({"pkg": pkg, "dep_kinds": [{"kind": kind}]})
        };
        let node = |(id, _, needs): &(&str, &str, &[&str])| serde_json::json!({"id": id, "deps": needs.iter().map(need).collect::<Vec<_>>()});
        let nodes: Vec<_> = packages.iter().map(node).collect();
        let packages: Vec<_> = packages.iter().map(package).collect();
        let value = serde_json::json!({"packages": packages, "resolve": {"nodes": nodes}, "workspace_root": "/",
            "target_directory": "/t", "workspace_members": []});
        serde_json::from_value(value).unwrap()
    }

    impl Package {
        /// Gives its library another name.
        pub(crate) fn rename_library(&mut self, name: &str) {
            name.clone_into(&mut self.targets[0].name);
        }
    }

    #[test]
    fn what_only_builds_or_tests_is_not_linked() {
        let metadata = metadata(&[
            ("a", "a", &["b", "build:c", "dev:d", "e"]),
            ("b", "b", &["a", "f"]),
            ("c", "c", &["g"]),
            ("d", "d", &["h"]),
            ("e", "e", &[]),
            ("f", "f", &[]),
        ]);
        let linked = metadata.linked(&["a"], &|id| id != "e");
        assert_eq!(linked.keys().collect::<Vec<_>>(), ["a", "b", "f"]);
        assert_eq!(linked["f"], ["a", "b"]);
        assert_eq!(metadata.built_from("a").into_keys().collect::<Vec<_>>(), ["b", "c", "e", "f", "g"]);
        assert_eq!(metadata.package("b").unwrap().folder(), Path::new("/b"));
    }

    #[test]
    fn what_it_says_of_members_alone_is_an_answer_too() {
        let answer = r#"{"packages": [{"id": "s", "name": "site", "version": "1.0.0", "license": null, "manifest_path": "/w/host/Cargo.toml",
            "targets": [{"name": "build-script-build", "kind": ["custom-build"]}], "dependencies": [{"name": "keyway", "kind": null}],
            "metadata": {"keyway": {"plugins": ["site-plugin-*"]}}}],
            "workspace_members": ["s"], "resolve": null, "workspace_root": "/w", "target_directory": "/w/target"}"#;
        let metadata: Metadata = serde_json::from_str(answer).unwrap();
        let site = metadata.package_in(Path::new("/w/host")).unwrap();
        assert!(site.has_patterns() && site.depends_on("keyway") && !site.depends_on("serde") && metadata.is_member("s"));
        assert_eq!((site.crate_name(), site.runs_at_build_time()), (None, Some("build script")));
        assert!(metadata.features("s").is_empty());
    }
}
