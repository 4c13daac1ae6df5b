//! The packages that a package is built from, as Cargo resolves them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::failure::{Class, Failure, PROGRAM};

/// A package that is built.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Built {
    pub(crate) name: String,
    pub(crate) version: String,
    /// The folder of its Cargo.toml.
    pub(crate) folder: PathBuf,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    manifest_path: PathBuf,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    pkg: String,
    dep_kinds: Vec<Kind>,
}

#[derive(Deserialize)]
struct Kind {
    kind: Option<String>,
}

/// The packages that the package of a Cargo.toml is built from on this machine, itself not among them: what it depends on, and what its
/// build scripts do. `features` are further words for Cargo, such as `--features x`.
///
/// Cargo.lock is not written. The network is used only with `may_fetch`, and when there is no other way.
///
/// # Errors
/// What Cargo says.
pub(crate) fn built_with(cargo_toml: &Path, features: &[String], may_fetch: bool) -> Result<BTreeSet<Built>, Failure> {
    let text = match ask(cargo_toml, features, &["--offline"]) {
        Err(_) if may_fetch => ask(cargo_toml, features, &[]),
        answer => answer,
    };
    let text = text.map_err(|said| {
        let message = format!("`cargo metadata` cannot say what `{}` is built from: {said}", cargo_toml.display());
        Failure::new(Class::Project, PROGRAM, message).help("mend what Cargo says; `cargo fetch` downloads what is missing")
    })?;
    parse(&text, cargo_toml).map_err(|error| {
        let message = format!("the answer of `cargo metadata` is not understood: {error}");
        Failure::new(Class::Project, PROGRAM, message).help("use Cargo of Rust 1.95 or later")
    })
}

fn ask(cargo_toml: &Path, features: &[String], network: &[&str]) -> Result<Vec<u8>, String> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["metadata", "--format-version", "1", "--manifest-path"]).arg(cargo_toml).args(features).args(network);
    if let Some(host) = machine() {
        command.args(["--filter-platform", &host]);
    }
    let output = command.stdin(Stdio::null()).output().map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(said.lines().find(|line| !line.trim().is_empty()).unwrap_or("it failed without a word").trim().to_owned())
}

/// The target of this machine; `None` when rustc does not say, and all targets count then.
fn machine() -> Option<String> {
    let mut command = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    let output = command.arg("-vV").stdin(Stdio::null()).output().ok()?;
    String::from_utf8(output.stdout).ok()?.lines().find_map(|line| line.strip_prefix("host: ").map(str::to_owned))
}

fn parse(answer: &[u8], cargo_toml: &Path) -> Result<BTreeSet<Built>, serde_json::Error> {
    let Metadata { packages, resolve } = serde_json::from_slice(answer)?;
    let nodes: BTreeMap<&str, &Node> = resolve.nodes.iter().map(|node| (node.id.as_str(), node)).collect();
    let is_it = |package: &&Package| {
        package.manifest_path == cargo_toml || package.manifest_path.canonicalize().ok() == cargo_toml.canonicalize().ok()
    };
    let root = packages.iter().find(is_it).map_or("", |package| package.id.as_str());
    let (mut found, mut waiting) = (BTreeSet::new(), vec![root]);
    while let Some(id) = waiting.pop() {
        for dependency in nodes.get(id).map_or(&[][..], |node| &node.deps) {
            let is_built = dependency.dep_kinds.iter().any(|kind| kind.kind.as_deref() != Some("dev"));
            if is_built && found.insert(dependency.pkg.as_str()) {
                waiting.push(&dependency.pkg);
            }
        }
    }
    let built = |package: &Package| Built {
        name: package.name.clone(),
        version: package.version.clone(),
        folder: package.manifest_path.parent().unwrap_or(&package.manifest_path).to_owned(),
    };
    Ok(packages.iter().filter(|package| found.contains(package.id.as_str())).map(built).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_tests_need_is_not_built() {
        let package = |name: &str| {
            format!(r#"{{"id": "{name}", "name": "{name}", "version": "1.0.0", "manifest_path": "/{name}/Cargo.toml"}}"#)
        };
        let node = |name: &str, deps: &str| format!(r#"{{"id": "{name}", "deps": [{deps}]}}"#);
        let dep = |name: &str, kind: &str| format!(r#"{{"pkg": "{name}", "dep_kinds": [{{"kind": {kind}}}]}}"#);
        let packages: Vec<_> = ["a", "b", "c", "d", "e"].map(package).into();
        let nodes = [
            node("a", &[dep("b", "null"), dep("c", "\"dev\"")].join(",")),
            node("b", &[dep("d", "\"build\""), dep("b", "null")].join(",")),
            node("c", &dep("e", "null")),
            node("d", ""),
            node("e", ""),
        ];
        let answer = format!(r#"{{"packages": [{}], "resolve": {{"nodes": [{}]}}}}"#, packages.join(","), nodes.join(","));
        let found = parse(answer.as_bytes(), Path::new("/a/Cargo.toml")).unwrap();
        assert_eq!(found.iter().map(|built| built.name.as_str()).collect::<Vec<_>>(), ["b", "d"]);
    }
}
