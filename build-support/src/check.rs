//! The check: gather, resolve, report, write.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use keyway_manifest::host::{HostManifest, read_host, read_sdk, shown};
use keyway_manifest::lock::{LOCK_FILE, parse_lock, read_lock};
use keyway_manifest::parse::{parse_policy, read_policy};
use keyway_manifest::{Graph, Lock, LockRules, Policy, Problem, resolve_slice};

use crate::environment::Environment;
use crate::gather::{Gathered, Known, enabled_features, without_folder};
use crate::metadata::{self, Dependencies};
use crate::{graph_file, output};

/// Checks the graph of the host whose build script calls this, with the defaults of [`Check::new`].
pub fn check() {
    Check::new().run();
}

/// How a host's graph is checked; see the crate's documentation.
#[derive(Debug, Clone, Default)]
#[must_use = "call `run`"]
pub struct Check {
    policy: Option<PathBuf>,
    sdk: Option<String>,
    local: Vec<PathBuf>,
}

impl Check {
    /// A check of the graph alone: permissions and host ranges are left to `host!`, which knows the policy and the SDK.
    pub const fn new() -> Self {
        Self { policy: None, sdk: None, local: Vec::new() }
    }

    /// Checks permissions as well, with the policy file that `host!` names. The path starts at the host's folder.
    pub fn policy(mut self, file: impl Into<PathBuf>) -> Self {
        self.policy = Some(file.into());
        self
    }

    /// Checks host ranges as well, with the version of this package: the SDK that `host!` names, a dependency of the host.
    pub fn sdk(mut self, package: impl Into<String>) -> Self {
        self.sdk = Some(package.into());
        self
    }

    /// Adds a plugin inside the host's own crate (`local = […]` of `host!`) by its manifest. The path starts at the host's folder.
    pub fn local(mut self, manifest: impl Into<PathBuf>) -> Self {
        self.local.push(manifest.into());
        self
    }

    /// Runs the check and tells Cargo what came of it on standard output, as build scripts do.
    ///
    /// Errors of the graph fail the build. A host that cannot be examined does not: `host!` still checks it.
    pub fn run(self) {
        let environment = Environment::of_this_process();
        output::print(&self.examine(&environment));
    }

    /// The lines for Cargo; the graph files are written on the way.
    fn examine(&self, environment: &Environment) -> Vec<String> {
        let Some(folder) = environment.path("CARGO_MANIFEST_DIR") else {
            return vec![output::warning("KW0440 the plugin graph was not checked: this is not a build script that Cargo runs")];
        };
        // What is wrong with Cargo.toml itself is `host!`'s to say, at the place where it is written.
        let Ok(host) = read_host(&folder) else { return vec![output::rerun(&folder.join("Cargo.toml"))] };
        let mut lines = Vec::new();
        let dependencies = if without_folder(&host) || self.sdk.is_some() {
            ask_cargo(&folder, &host, environment, &mut lines)
        } else {
            Dependencies::new()
        };
        let mut known = Known::read(&host, &dependencies);
        for manifest in &self.local {
            known.add_local(&folder.join(manifest), None, &host);
        }
        let gathered = known.select(environment);
        let mut files = known.files;
        files.extend(["Cargo.toml", "Cargo.lock"].map(|name| host.root.join(name)));
        files.push(folder.join("Cargo.toml"));
        let policy_file = self.policy.as_ref().map(|file| folder.join(file));
        let mut policy = match policy_file.as_deref().map(|file| policy_of(file, &host)) {
            Some(Some(policy)) => policy,
            _ => Policy::GRANT_REQUESTED,
        };
        files.extend(policy_file.clone());
        let lock_file = folder.join(LOCK_FILE);
        let (lock, is_sound) = lock_of(&lock_file, &host);
        if !is_sound {
            policy.lock = LockRules::DEFAULT;
        }
        files.push(lock_file);
        let graph = Graph {
            plugins: &gathered.plugins,
            sdk: self.sdk.as_ref().and_then(|package| read_sdk(folder_of(&dependencies, package)?)),
            available: &gathered.available,
            libraries: &[],
            policy: &policy,
            policy_file: policy_file.map_or("", |file| String::leak(shown(&file, &host.root))),
            lock: lock.as_ref(),
        };
        let outcome = resolve_slice(&graph);
        if let Err(report) = &outcome
            && says_something_certain(&report.problems, &gathered)
        {
            // The text is indented to stand below the compiler's own first line; here each line has Cargo's before it.
            lines.extend(report.to_string().lines().map(|line| output::error(line.strip_prefix("  ").unwrap_or(line))));
        }
        if let Some(folder) = environment.path("OUT_DIR") {
            lines.extend(graph_file::write(&folder, &host, &gathered, &graph, outcome.as_ref()));
        }
        lines.extend(files.iter().filter(|file| file.exists()).map(|file| output::rerun(file)));
        lines
    }
}

/// Only what stands in manifests is certain here: a plugin written in code may be the one that seems to be missing.
fn says_something_certain(problems: &[Problem], gathered: &Gathered) -> bool {
    gathered.unknown.is_empty()
        && problems.iter().any(|problem| match problem {
            Problem::MissingPlugin { requirement, .. } => gathered.available.iter().any(|known| known.id == requirement.id),
            Problem::MissingService { requirement, .. } => {
                let mut services = gathered.available.iter().flat_map(|known| known.provides);
                services.any(|(service, _)| *service == requirement.id.as_str())
            }
            _ => true,
        })
}

fn ask_cargo(folder: &Path, host: &HostManifest, environment: &Environment, lines: &mut Vec<String>) -> Dependencies {
    let cargo = environment.path("CARGO").unwrap_or_else(|| PathBuf::from("cargo"));
    let features = enabled_features(host, environment);
    match metadata::ask(&cargo, &folder.join("Cargo.toml"), environment.target(), &features) {
        Ok(dependencies) => dependencies,
        Err(refusal) => {
            lines.push(output::warning(
                "KW0440 plugins from a registry were left out of the graph, because `cargo metadata` said:",
            ));
            lines.extend(refusal.said.lines().map(output::warning));
            Dependencies::new()
        }
    }
}

fn folder_of<'a>(dependencies: &'a Dependencies, package: &str) -> Option<&'a Path> {
    dependencies.values().find(|found| found.package == package).map(|found| found.folder.as_path())
}

/// The lock beside the host's Cargo.toml, as it is held against a build of today, and whether it is right: what is wrong with one is
/// `host!`'s to report, as it is with a policy.
fn lock_of(file: &Path, host: &HostManifest) -> (Option<Lock>, bool) {
    let shown_as = shown(file, &host.root);
    match read_lock(file, &shown_as) {
        Ok(None) => (None, true),
        Ok(Some(text)) => match parse_lock(&text, &shown_as) {
            Ok(parsed) => (Some(parsed.to_lock(Lock::day(SystemTime::now()))), true),
            Err(_) => (None, false),
        },
        Err(_) => (None, false),
    }
}

/// A policy that is not right is `host!`'s to report.
fn policy_of(file: &Path, host: &HostManifest) -> Option<Policy> {
    let shown_as = shown(file, &host.root);
    let text = read_policy(file, &shown_as).ok()?;
    parse_policy(&text, &shown_as, &[]).ok()
}
