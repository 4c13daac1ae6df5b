//! Asks Cargo where the crates lie that the host does not name by a path, and where they come from.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::cargo_said::{Refusal, RefusalKind, cargo_output};

/// A direct dependency of a host, as Cargo has resolved it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The name of its package.
    pub package: String,
    /// Its version.
    pub version: String,
    /// Its folder.
    pub folder: PathBuf,
    /// Where it comes from, in Cargo's words, for example `registry+https://…`; `None` for a path.
    pub source: Option<String>,
}

/// The direct dependencies of a host, by the names by which its code calls the crates.
pub type Dependencies = BTreeMap<String, Found>;

/// Asks `cargo metadata`. With all features it also knows plugins that are left out, but they may not be downloaded, so the features
/// of this build are the second question.
///
/// Cargo takes no build lock for it and is told neither to use the network nor to write Cargo.lock. It may wait for another Cargo that
/// downloads; that it does is passed on to standard error.
///
/// # Errors
/// What Cargo said.
pub fn ask(cargo: &Path, manifest: &Path, target: &str, features: &[&str]) -> Result<Dependencies, Refusal> {
    let enabled = features.join(",");
    let question = |features: &[&str]| {
        let mut command = Command::new(cargo);
        command.args(["metadata", "--format-version", "1", "--frozen", "--manifest-path"]).arg(manifest).args(features);
        if !target.is_empty() {
            command.args(["--filter-platform", target]);
        }
        let output = cargo_output(&mut command, &|_| false).map_err(|error| Refusal::no_answer(error.to_string()))?;
        if !output.status.success() {
            return Err(Refusal::of(&output));
        }
        parse(&output.stdout, manifest).map_err(Refusal::no_answer)
    };
    match question(&["--all-features"]) {
        Err(refusal) if refusal.kind == RefusalKind::NotDownloaded => {
            question(&["--no-default-features", "--features", &enabled])
        }
        answer => answer,
    }
}

/// Reads the answer: the packages that the host depends on directly, as resolved.
///
/// # Errors
/// The answer is not what Cargo documents.
pub(crate) fn parse(answer: &[u8], manifest: &Path) -> Result<Dependencies, String> {
    let answer: Value = serde_json::from_slice(answer).map_err(|error| error.to_string())?;
    let list = |value: &Value, key: &str| value[key].as_array().cloned().unwrap_or_default();
    let packages = list(&answer, "packages");
    let text = |value: &Value, key: &str| value[key].as_str().map(str::to_owned);
    // Cargo writes a path without `.` and `..`.
    let is_host = |path: &Path| {
        path == manifest || path.canonicalize().is_ok_and(|path| manifest.canonicalize().is_ok_and(|own| own == path))
    };
    let mut candidates = packages.iter().filter(|package| text(package, "source").is_none());
    let host = candidates.find(|package| text(package, "manifest_path").is_some_and(|path| is_host(Path::new(&path))));
    let host = host.and_then(|host| text(host, "id")).ok_or("the answer does not have the host's package")?;
    let nodes = list(&answer["resolve"], "nodes");
    let node = nodes.iter().find(|node| node["id"] == host.as_str());
    let direct = node.map(|node| list(node, "deps")).unwrap_or_default();
    let found = |dependency: &Value| {
        let package = packages.iter().find(|package| package["id"] == dependency["pkg"])?;
        let folder = PathBuf::from(text(package, "manifest_path")?).parent()?.to_owned();
        let (name, version, source) = (text(package, "name")?, text(package, "version")?, text(package, "source"));
        Some((text(dependency, "name")?, Found { package: name, version, folder, source }))
    };
    Ok(direct.iter().filter_map(found).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_folders_of_direct_dependencies() {
        let answer = r#"{"packages": [
            {"id": "host 0.1", "name": "site", "manifest_path": "/w/host/Cargo.toml"},
            {"id": "feed 1.0", "name": "cms-plugin-feed", "version": "1.0.0", "source": "registry+https://example.org", "manifest_path": "/r/cms-plugin-feed-1.0.0/Cargo.toml"},
            {"id": "feed 0.9", "name": "cms-plugin-feed", "version": "0.9.0", "source": null, "manifest_path": "/r/cms-plugin-feed-0.9.0/Cargo.toml"}],
            "resolve": {"nodes": [{"id": "host 0.1", "deps": [{"name": "cms_plugin_feed", "pkg": "feed 1.0"}]}]}}"#;
        let found = parse(answer.as_bytes(), Path::new("/w/host/Cargo.toml")).unwrap();
        let feed = Found {
            package: "cms-plugin-feed".to_owned(),
            version: "1.0.0".to_owned(),
            folder: PathBuf::from("/r/cms-plugin-feed-1.0.0"),
            source: Some("registry+https://example.org".to_owned()),
        };
        assert_eq!(found.into_iter().collect::<Vec<_>>(), [("cms_plugin_feed".to_owned(), feed)]);
        assert!(parse(answer.as_bytes(), Path::new("/other/Cargo.toml")).is_err());
        assert!(parse(b"error", Path::new("/w/host/Cargo.toml")).is_err());
    }

    #[test]
    fn a_cargo_that_cannot_run_is_an_error_not_a_panic() {
        let refusal = ask(Path::new("/no/such/cargo"), Path::new("/w/Cargo.toml"), "", &[]).unwrap_err();
        assert!(!refusal.said.is_empty() && refusal.kind == RefusalKind::NoAnswer);
    }
}
