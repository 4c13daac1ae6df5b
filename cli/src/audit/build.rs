//! Builds the libraries of plugins so that their object code can be read.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use super::failure::FailureKind;
use super::packages::Metadata;
use crate::failure::Failure;

/// What to build, and how.
#[derive(Debug, Clone, Default)]
pub(crate) struct BuildOptions {
    /// Target to build for; the machine's own when there is none.
    pub(crate) target: Option<String>,
    /// Whether Cargo may not use the network.
    pub(crate) offline: bool,
}

/// One library that was built.
#[derive(Debug, Clone)]
pub(crate) struct BuiltLibrary {
    /// The name of the crate as code writes it.
    pub(crate) crate_name: String,
    /// The archive with its object code.
    pub(crate) path: PathBuf,
    /// Every file that the compiler read for it, absolute.
    pub(crate) sources: Vec<PathBuf>,
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

#[derive(Deserialize)]
struct Message {
    reason: String,
    #[serde(default)]
    package_id: String,
    target: Option<MessageTarget>,
    #[serde(default)]
    filenames: Vec<PathBuf>,
}

#[derive(Deserialize)]
struct MessageTarget {
    name: String,
    crate_types: Vec<String>,
}

/// What was built: the libraries of each package, of which there may be more than one, for a build script and for the plugin. A package
/// of which nothing is linked, such as a procedural macro, has an empty list.
pub(crate) type Built = BTreeMap<String, Vec<BuiltLibrary>>;

/// Builds the libraries of packages, with all that they are linked with.
///
/// # Errors
/// When Cargo cannot be started, and when it fails; its own messages have been shown by then.
pub(crate) fn build(metadata: &Metadata, manifest: &Path, plugins: &[&str], options: &BuildOptions) -> Result<Built, Failure> {
    let mut command = cargo(metadata, manifest, plugins, options);
    let stopped = |error: &dyn std::fmt::Display| {
        FailureKind::Build
            .failure(format!("cargo could not be run: {error}"), "install Rust with rustup, and put `cargo` on the path")
    };
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().map_err(|error| stopped(&error))?;
    let mut built = Built::new();
    for line in child.stdout.take().map(BufReader::new).into_iter().flat_map(BufRead::lines) {
        let line = line.map_err(|error| stopped(&error))?;
        let Ok(Message { reason, package_id, target: Some(target), filenames }) = serde_json::from_str(&line) else { continue };
        if reason != "compiler-artifact" {
            continue;
        }
        let libraries = built.entry(package_id).or_default();
        let linked = target.crate_types.iter().any(|kind| matches!(kind.as_str(), "lib" | "rlib"));
        let archive = filenames.iter().find(|file| file.extension().is_some_and(|extension| extension == "rlib"));
        if let (true, Some(archive)) = (linked, archive) {
            libraries.push(BuiltLibrary {
                crate_name: target.name.replace('-', "_"),
                path: archive.clone(),
                sources: sources(&filenames, &metadata.workspace_root),
            });
        }
    }
    let status = child.wait().map_err(|error| stopped(&error))?;
    if !status.success() {
        return Err(FailureKind::Build.failure(
            format!("cargo could not build what is to be audited ({status})"),
            "mend what the compiler says above; `cargo build --release` has to work first",
        ));
    }
    Ok(built)
}

fn cargo(metadata: &Metadata, manifest: &Path, plugins: &[&str], options: &BuildOptions) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(program);
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

/// The files that the compiler read, from the list that it writes beside the library.
fn sources(filenames: &[PathBuf], root: &Path) -> Vec<PathBuf> {
    filenames.iter().filter_map(|file| list_of_sources(file)).find_map(|list| std::fs::read_to_string(list).ok()).map_or_else(
        Vec::new,
        |list| {
            let files = list.lines().filter_map(|line| line.strip_suffix(':'));
            files.map(|file| plain(&root.join(file.replace("\\ ", " ")))).collect()
        },
    )
}

/// `deps/libsitemap-0a1b.rlib` has its list in `deps/sitemap-0a1b.d`.
fn list_of_sources(file: &Path) -> Option<PathBuf> {
    let folder = file.parent()?;
    let stem = file.file_stem()?.to_str()?;
    (folder.file_name()? == "deps").then(|| folder.join(stem.strip_prefix("lib").unwrap_or(stem)).with_extension("d"))
}

/// A path without `.` and `..`, which need not exist any more.
pub(crate) fn plain(path: &Path) -> PathBuf {
    use std::path::Component;
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}
