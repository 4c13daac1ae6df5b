//! Where a plugin lies in a watched folder, and which of its files count.

use std::ffi::{OsStr, OsString};
use std::path::{Component, Path, PathBuf};

use crate::trust::{Checksums, MANIFEST};

/// The end of the name of a signature.
const SIGNATURE: &str = ".minisig";

/// Where a plugin lies: a library in a folder of plugins, or a folder of its own in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The folder of plugins, as it was named.
    pub folder: PathBuf,
    /// The library, or the plugin's own folder.
    pub name: OsString,
}

impl Place {
    /// The place in a folder of plugins where this library lies, or lay; `None` when it is elsewhere. Its path is one without links, as
    /// [`Sealed::origin`](crate::Sealed::origin) has it.
    #[must_use]
    pub fn of(folder: &Path, library: &Path) -> Option<Self> {
        let folder = std::path::absolute(folder).ok()?;
        let without_links = folder.canonicalize().ok();
        let below =
            without_links.and_then(|folder| library.strip_prefix(folder).ok()).or_else(|| library.strip_prefix(&folder).ok())?;
        let name = below.components().next()?.as_os_str().to_owned();
        Some(Self { folder, name })
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.folder.join(&self.name)
    }

    /// Whether this library lies, or lay, here: see [`of`](Self::of).
    #[must_use]
    pub fn holds(&self, library: &Path) -> bool {
        Self::of(&self.folder, library).is_some_and(|place| place == *self)
    }

    /// Whether it is a library beside others.
    pub(super) fn is_library(&self) -> bool {
        is_library(&self.name)
    }
}

/// What a path in a folder of plugins concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Concern {
    /// All of the folder.
    Folder,
    /// One plugin: the name of its place.
    Place(OsString),
    /// All libraries that lie beside each other, because the file belongs to each of them.
    Libraries,
    /// No plugin.
    Nothing,
}

impl Concern {
    /// Reads a path of which the system told something. `folder` is as it was given to the system.
    pub(super) fn of(folder: &Path, path: &Path) -> Self {
        let Ok(below) = path.strip_prefix(folder) else { return Self::Nothing };
        let mut parts = below.components();
        let Some(Component::Normal(first)) = parts.next() else { return Self::Folder };
        if is_hidden(first) {
            return Self::Nothing;
        }
        match parts.next() {
            None if is_library(first) => Self::Place(first.to_owned()),
            None if first == MANIFEST || first == Checksums::FILE => Self::Libraries,
            None => match first.to_str().and_then(|name| name.strip_suffix(SIGNATURE)) {
                Some(library) if is_library(library.as_ref()) => Self::Place(library.into()),
                // It may be a folder, or have been one: a look will tell.
                _ => Self::Place(first.to_owned()),
            },
            Some(Component::Normal(second)) if parts.next().is_none() && is_relevant(second) => Self::Place(first.to_owned()),
            Some(_) => Self::Nothing,
        }
    }
}

/// Whether a file in a plugin's own folder counts. Notes, editors' copies and the like do not.
pub(super) fn is_relevant(name: &OsStr) -> bool {
    let is_signature =
        || name.to_str().and_then(|name| name.strip_suffix(SIGNATURE)).is_some_and(|name| is_library(name.as_ref()));
    !is_hidden(name) && (is_library(name) || name == MANIFEST || name == Checksums::FILE || is_signature())
}

/// The files that belong to a library, which lie beside it when they are there.
pub(super) fn beside(library: &OsStr) -> [OsString; 3] {
    let mut signature = library.to_owned();
    signature.push(SIGNATURE);
    [MANIFEST.into(), Checksums::FILE.into(), signature]
}

pub(super) fn is_library(name: &OsStr) -> bool {
    name.to_string_lossy().ends_with(std::env::consts::DLL_SUFFIX)
}

pub(super) fn is_hidden(name: &OsStr) -> bool {
    name.to_string_lossy().starts_with('.')
}

#[cfg(test)]
mod tests {
    use std::env::consts::DLL_SUFFIX;

    use super::*;

    #[test]
    fn a_path_says_whom_it_concerns() {
        let concern = |path: &str| Concern::of("/plugins".as_ref(), format!("/plugins{path}").as_ref());
        let place = |name: &str| Concern::Place(name.into());
        let library = format!("libclock{DLL_SUFFIX}");
        assert_eq!(concern(""), Concern::Folder);
        assert_eq!(concern(&format!("/{library}")), place(&library));
        assert_eq!(concern(&format!("/{library}.minisig")), place(&library));
        assert_eq!(concern("/SHA256SUMS"), Concern::Libraries);
        assert_eq!(concern("/plugin.toml"), Concern::Libraries);
        assert_eq!(concern("/site.clock"), place("site.clock"));
        assert_eq!(concern(&format!("/site.clock/{library}")), place("site.clock"));
        assert_eq!(concern("/site.clock/SHA256SUMS"), place("site.clock"));
        for ignored in ["/.git", "/site.clock/README.md", "/site.clock/deep/plugin.toml", "/site.clock/.plugin.toml.swp"] {
            assert_eq!(concern(ignored), Concern::Nothing, "{ignored}");
        }
        assert_eq!(Concern::of("/plugins".as_ref(), "/elsewhere/plugin.toml".as_ref()), Concern::Nothing);
    }
}
