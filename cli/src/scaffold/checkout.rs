//! A checkout of Keyway, from whose folders new packages take it.

use std::path::{Path, PathBuf};

use keyway_manifest::host::normal;

use crate::failure::{Class, Failure, FileVerb, SDK_ABSENT};

/// A checkout of Keyway.
#[derive(Debug, Clone)]
pub(crate) struct Checkout(PathBuf);

impl Checkout {
    /// The checkout in a folder.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn at(folder: &Path) -> Result<Self, Failure> {
        let folder = std::path::absolute(folder).map_err(|error| Failure::file("the path", FileVerb::Read, folder, &error))?;
        let folder = normal(&folder);
        if is_checkout(&folder) {
            return Ok(Self(folder));
        }
        let message = format!("`{}` is no checkout of Keyway: it has no `core/Cargo.toml`", folder.display());
        Err(Failure::new(Class::Arguments, SDK_ABSENT, message)
            .help("give `--keyway-path` the folder with Keyway's own Cargo.toml"))
    }

    /// The checkout whose `keyway` lies in a folder; `None` when it is the only package there.
    pub(super) fn around(keyway: &Path) -> Option<Self> {
        // The path may hold `..`, so its words alone do not tell.
        let checkout = keyway.canonicalize().ok()?.parent()?.to_owned();
        (is_checkout(&checkout) && checkout.join("host-app/sdk/Cargo.toml").is_file()).then_some(Self(checkout))
    }

    /// The folder of `keyway`.
    pub(super) fn keyway(&self) -> PathBuf {
        self.0.join("core")
    }

    /// The folder of `keyway-cms-sdk`.
    pub(super) fn cms_sdk(&self) -> PathBuf {
        self.0.join("host-app/sdk")
    }
}

fn is_checkout(folder: &Path) -> bool {
    folder.join("core/Cargo.toml").is_file() && folder.join("manifest/Cargo.toml").is_file()
}
