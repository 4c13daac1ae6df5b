//! Finds the folder of the host that a person means.

use std::path::{Path, PathBuf};

use keyway_manifest::host::{Workspace, is_host};
use keyway_manifest::parse::{LARGEST_TEXT, read_bounded_text};

use super::source::{SourceTree, host_calls};
use crate::cargo::{Depth, Metadata, Package, Question};
use crate::failure::{Class, Failure, FileVerb, NO_CARGO_TOML, NO_HOST, PROGRAM};

/// The folder of the host: that of `manifest_path`, or of the nearest Cargo.toml above the current folder; and when there is a package
/// without plugins, or a workspace, the one member that is a host, or the one called `package`.
pub(crate) fn host_folder(manifest_path: Option<&Path>, package: Option<&str>) -> Result<PathBuf, Failure> {
    let cargo_toml = match manifest_path {
        Some(path) => given(path)?,
        None => nearest()?,
    };
    let text = read_bounded_text(&cargo_toml, LARGEST_TEXT)
        .map_err(|error| Failure::file("the file", FileVerb::Read, &cargo_toml, &error))?;
    let folder = parent(&cargo_toml);
    if package.is_none() && (is_host(&text) || calls_host(&folder)) {
        return Ok(folder);
    }
    let root = Workspace::find(&folder).map_or_else(|| folder.clone(), |workspace| workspace.folder().to_owned());
    let hosts: Vec<Package> = members(&root.join("Cargo.toml"))?
        .into_iter()
        .filter(|member| package.map_or_else(|| is_member_host(member), |package| member.name == package))
        .collect();
    match hosts.as_slice() {
        [only] => Ok(only.folder().to_owned()),
        [] => Err(match package {
            Some(package) => Failure::new(Class::Project, NO_HOST, format!("the workspace has no package `{package}`"))
                .help("name a package of the workspace with `--package`"),
            None => Failure::new(Class::Project, NO_HOST, format!("no package of `{}` is a host of plugins", root.display()))
                .help(
                    "go to the folder of a host, or name it with `--manifest-path`; a package is a host when its Cargo.toml has \
                 `[package.metadata.keyway]` with `plugins = [\"my-plugin-*\"]`",
                ),
        }),
        several => {
            let names: Vec<String> = several.iter().map(|member| format!("`{}`", member.name)).collect();
            let message = format!("the workspace has {} hosts: {}", several.len(), names.join(", "));
            Err(Failure::new(Class::Project, NO_HOST, message).help("choose one with `--package NAME`, or go to its folder"))
        }
    }
}

fn given(path: &Path) -> Result<PathBuf, Failure> {
    let path = std::path::absolute(path).map_err(|error| Failure::file("the path", FileVerb::Read, path, &error))?;
    let path = if path.is_dir() { path.join("Cargo.toml") } else { path };
    if path.is_file() {
        return Ok(path);
    }
    Err(Failure::new(Class::Project, NO_CARGO_TOML, format!("there is no file `{}`", path.display()))
        .help("give `--manifest-path` the path of a host's Cargo.toml"))
}

fn nearest() -> Result<PathBuf, Failure> {
    let here =
        std::env::current_dir().map_err(|error| Failure::file("the current folder", FileVerb::Read, Path::new("."), &error))?;
    let found = here.ancestors().map(|folder| folder.join("Cargo.toml")).find(|file| file.is_file());
    found.ok_or_else(|| {
        Failure::new(Class::Project, NO_CARGO_TOML, format!("there is no Cargo.toml in `{}` or above", here.display()))
            .help("go to the folder of a host, or name its Cargo.toml with `--manifest-path`")
    })
}

fn parent(file: &Path) -> PathBuf {
    file.parent().unwrap_or(file).to_owned()
}

fn is_member_host(package: &Package) -> bool {
    package.has_patterns() || calls_host(package.folder())
}

/// Whether the code of the package in a folder calls `host!`.
fn calls_host(folder: &Path) -> bool {
    SourceTree::of_package(folder).is_ok_and(|tree| !host_calls(&tree).is_empty())
}

/// The packages of a workspace, as Cargo lists them.
fn members(cargo_toml: &Path) -> Result<Vec<Package>, Failure> {
    if cargo_toml.to_str().is_none() {
        let message = format!("the path `{}` is not UTF-8, so Cargo does not list the packages there", cargo_toml.display());
        return Err(Failure::new(Class::Project, PROGRAM, message).help(
            "go to the folder of a host, or name it with `--manifest-path`; Cargo builds where folders have names in UTF-8",
        ));
    }
    let metadata = Metadata::ask(&Question { manifest: cargo_toml, depth: Depth::Members, offline: true });
    let metadata = metadata.map_err(|refusal| {
        Failure::cargo("`cargo metadata` cannot list the packages of the workspace", &refusal)
            .help("mend what Cargo says, or name the host's Cargo.toml with `--manifest-path`")
    })?;
    Ok(metadata.packages)
}
