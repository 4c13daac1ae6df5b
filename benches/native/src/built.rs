//! Where the libraries are that the benches load.

use std::path::{Path, PathBuf};

/// The library of a peer. Cargo has built it along with the bench, because its package is also linked.
///
/// # Panics
/// When a bench is run from a place other than its target folder.
#[must_use]
pub fn peer(name: &str) -> PathBuf {
    let file = format!("{}{name}{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    let path = deps().join(file);
    assert!(path.is_file(), "`{}` is built along with the bench", path.display());
    path
}

/// A folder of extensions with the measured plugin, built with one of its features for its size.
///
/// # Panics
/// When it does not build.
#[must_use]
pub fn extensions(feature: Option<&str>) -> PathBuf {
    installed("keyway-benches-plugin", feature)
}

/// A folder of extensions with a plugin, built with one of its features.
///
/// # Panics
/// When it does not build.
#[must_use]
pub fn installed(package: &str, feature: Option<&str>) -> PathBuf {
    let folder = deps().join("extensions").join(format!("{package}-{}", feature.unwrap_or("plain")));
    let benches = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let native = keyway_build::native(package).in_folder(benches).release().features(feature);
    native.install(&folder).unwrap_or_else(|error| panic!("{error}"));
    folder
}

/// The folder of this program, in which Cargo also puts what it depends on.
fn deps() -> PathBuf {
    let program = std::env::current_exe().expect("a program knows where it is");
    program.parent().expect("a program lies in a folder").to_owned()
}
