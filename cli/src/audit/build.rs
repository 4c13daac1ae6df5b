//! Builds the libraries of plugins so that their object code can be read.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::failure::FailureKind;
use crate::cargo::{self, Artifact, Metadata};
use crate::failure::Failure;

/// What to build, and how.
#[derive(Debug, Clone, Default)]
pub(crate) struct BuildOptions {
    /// Target to build for; the machine's own when there is none.
    pub(crate) target: Option<String>,
    /// Whether Cargo may not use the network.
    pub(crate) offline: bool,
}

/// The code that is read is that of a release, not optimised: each function stays a function, and each line has its place.
const PROFILE: &[&str] = &[
    "profile.release.opt-level=0",
    "profile.release.debug=\"line-tables-only\"",
    "profile.release.split-debuginfo=\"off\"",
    "profile.release.strip=\"none\"",
    "profile.release.lto=\"off\"",
    "profile.release.incremental=false",
    "profile.release.overflow-checks=false",
];

/// Symbols that tell in which crate an implementation stands.
const MANGLING: &str = "-Csymbol-mangling-version=v0";

/// What was built: the libraries of each package, of which there may be more than one, for a build script and for the plugin. A package
/// of which nothing is linked, such as a procedural macro, has an empty list.
pub(crate) type Built = BTreeMap<String, Vec<Artifact>>;

/// Builds the libraries of packages, with all that they are linked with.
///
/// # Errors
/// When Cargo cannot be started, and when it fails; its own messages have been shown by then.
pub(crate) fn build(metadata: &Metadata, manifest: &Path, plugins: &[&str], options: &BuildOptions) -> Result<Built, Failure> {
    let mut command = command(metadata, manifest, plugins, options);
    let (status, artifacts) = cargo::build(&mut command, &metadata.workspace_root).map_err(|error| {
        FailureKind::Build
            .failure(format!("cargo could not be run: {error}"), "install Rust with rustup, and put `cargo` on the path")
    })?;
    if !status.success() {
        return Err(FailureKind::Build.failure(
            format!("cargo could not build what is to be audited ({status})"),
            "mend what the compiler says above; `cargo build --release` has to work first",
        ));
    }
    let mut built = Built::new();
    for artifact in artifacts {
        let libraries = built.entry(artifact.package.clone()).or_default();
        libraries.extend(artifact.archive().is_some().then_some(artifact));
    }
    Ok(built)
}

fn command(metadata: &Metadata, manifest: &Path, plugins: &[&str], options: &BuildOptions) -> Command {
    let mut command = cargo::command();
    command.args(["build", "--lib", "--release", "--message-format", "json-render-diagnostics", "--manifest-path"]).arg(manifest);
    command.arg("--target-dir").arg(target_folder(metadata));
    for plugin in plugins {
        command.args(["--package", plugin]);
    }
    let features: Vec<String> = plugins.iter().flat_map(|plugin| features(metadata, plugin)).collect();
    if !features.is_empty() {
        command.arg("--features").arg(features.join(","));
    }
    if let Some(target) = &options.target {
        command.args(["--target", target]);
    }
    if options.offline {
        command.arg("--offline");
    }
    for setting in PROFILE {
        command.args(["--config", setting]);
    }
    // Cargo takes flags from one place only, so ours join those that would be taken.
    if let Some(flags) = std::env::var_os("CARGO_ENCODED_RUSTFLAGS") {
        command.env("CARGO_ENCODED_RUSTFLAGS", joined(&flags, "\u{1f}"));
    } else if let Some(flags) = std::env::var_os("RUSTFLAGS") {
        command.env("RUSTFLAGS", joined(&flags, " "));
    } else {
        command.arg("--config").arg(format!("build.rustflags=[{MANGLING:?}]"));
    }
    command
}

/// The folder for what is built. Where projects share a target folder each gets its own in it: Cargo tells the packages of two copies of a
/// project apart by when their files were changed, which says little about a copy, and an audit must be of the code that it names.
fn target_folder(metadata: &Metadata) -> PathBuf {
    let folder = metadata.target_directory.join("keyway-audit");
    if metadata.target_directory.starts_with(&metadata.workspace_root) {
        return folder;
    }
    let mut hasher = DefaultHasher::new();
    metadata.workspace_root.hash(&mut hasher);
    folder.join(format!("{:016x}", hasher.finish()))
}

fn joined(flags: &OsString, between: &str) -> OsString {
    let mut all = flags.clone();
    if !all.is_empty() {
        all.push(between);
    }
    all.push(MANGLING);
    all
}

/// The features that a plugin is built with in its host, as Cargo's option names them.
fn features(metadata: &Metadata, plugin: &str) -> Vec<String> {
    // Cargo takes features of the workspace's own packages only; those of others follow from what depends on them.
    let Some(package) = metadata.package(plugin).filter(|_| metadata.is_member(plugin)) else { return Vec::new() };
    metadata.features(plugin).iter().map(|feature| format!("{}/{feature}", package.name)).collect()
}
