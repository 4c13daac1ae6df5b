//! What Cargo tells a macro through its environment.

use std::path::{Path, PathBuf};

/// A variable that Cargo sets; empty when it does not.
pub(crate) fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

/// The folder of the Cargo.toml of the crate that is being compiled.
pub(crate) fn manifest_dir() -> PathBuf {
    PathBuf::from(variable("CARGO_MANIFEST_DIR"))
}

/// A file as a reader would name it: relative to the workspace, else to the crate.
pub(crate) fn shown_as(path: &Path) -> String {
    let folder = manifest_dir();
    let root = folder
        .ancestors()
        .find(|folder| {
            std::fs::read_to_string(folder.join("Cargo.toml"))
                .is_ok_and(|text| text.lines().any(|line| line.trim_start().starts_with("[workspace")))
        })
        .unwrap_or(&folder);
    path.strip_prefix(root).or_else(|_| path.strip_prefix(&folder)).unwrap_or(path).display().to_string()
}
