//! What Cargo tells a macro through its environment.

use std::path::{Path, PathBuf};

use keyway_manifest::host::{Workspace, relative};

/// A variable that Cargo sets; empty when it does not.
pub(crate) fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

/// The folder of the Cargo.toml of the crate that is being compiled.
pub(crate) fn manifest_dir() -> PathBuf {
    PathBuf::from(variable("CARGO_MANIFEST_DIR"))
}

/// A file as a reader would name it: relative to the workspace, or to the crate where there is none. Never an absolute path, because
/// the name becomes part of the program.
pub(crate) fn shown_as(path: &Path) -> String {
    let folder = manifest_dir();
    match Workspace::find(&folder) {
        Some(workspace) => relative(workspace.folder(), path),
        None => relative(&folder, path),
    }
}
