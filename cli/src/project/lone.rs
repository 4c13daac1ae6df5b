//! A plugin by itself: what its crate says, without a host.

use std::path::Path;

use keyway_build::project::{KnownPlugin, Manifest, read_manifest};
use keyway_manifest::host::{ManifestPlace, read_plugin, shown};

use super::read::read_inline;
use crate::failure::{Class, Failure, NO_CARGO_TOML};

/// Reads the plugin whose crate lies in a folder.
///
/// # Errors
/// There is no package, or its manifest is wrong.
pub(crate) fn lone_plugin(folder: &Path) -> Result<KnownPlugin, Failure> {
    let Some(found) = read_plugin(folder) else {
        let message = format!("there is no package in `{}`", folder.display());
        return Err(Failure::new(Class::Arguments, NO_CARGO_TOML, message).help("name the folder of a plugin's Cargo.toml"));
    };
    let manifest = match &found.manifest {
        Some(file) => Manifest::of(read_manifest(file, &shown(file, folder), &found.facts)),
        None => Manifest::Unknown,
    };
    let mut plugin = KnownPlugin {
        dependency: None,
        predicate: None,
        folder: Some(folder.to_owned()),
        source: None,
        manifest,
        available: found.available,
        facts: found.facts,
        file: found.manifest,
    };
    if plugin.facts.manifest == ManifestPlace::Inline {
        read_inline(&mut plugin);
    }
    match plugin.manifest {
        Manifest::Read(_) => Ok(plugin),
        Manifest::Refused(report) => Err(Failure::mistakes(&report.diagnostics().iter().collect::<Vec<_>>())),
        Manifest::Unknown => {
            let message = format!("no manifest of a plugin was found in `{}`", folder.display());
            Err(Failure::new(Class::Arguments, NO_CARGO_TOML, message)
                .help("it is `plugin.toml`, or the text in `manifest_text` of `#[plugin(…)]`"))
        }
    }
}
