//! Whether a plugin is written against what the host is built on: the same SDK, and the same `keyway`.

use std::collections::BTreeSet;
use std::path::Path;

use super::refused;
use crate::cost::Built;
use crate::failure::Failure;
use crate::project::{Project, is_sdk};
use crate::scaffold::Package;

/// What a host and a plugin are built from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fit<'a> {
    pub(super) project: &'a Project,
    /// The plugin's folder.
    pub(super) folder: &'a Path,
    /// Whether what lies there is for a person to edit, and not Cargo's own copy.
    pub(super) is_editable: bool,
    /// What the plugin is built from.
    pub(super) comes: &'a BTreeSet<Built>,
    /// What the host is built from now.
    pub(super) there: &'a BTreeSet<Built>,
}

impl Fit<'_> {
    /// Compares them.
    ///
    /// # Errors
    /// The plugin takes `keyway` or the SDK from elsewhere, or is written for another SDK: it would be linked, and never called.
    pub(super) fn check(self) -> Result<(), Failure> {
        let Some(plugin) = Package::in_folder(self.folder) else { return Ok(()) };
        let direct = plugin.dependencies();
        let of_plugin = |built: &&Built| direct.contains(&built.name);
        if let Some(keyway) = self.comes.iter().filter(of_plugin).find(|built| built.name == "keyway") {
            self.compare(&plugin, keyway)?;
        }
        let host = Package::in_folder(self.project.folder());
        let calls_sdk = |built: &&Built| built.name != "keyway" && is_sdk(&built.folder);
        let sdks: Vec<&Built> = self.comes.iter().filter(of_plugin).filter(calls_sdk).collect();
        for sdk in &sdks {
            if self.compare(&plugin, sdk)? || host.as_ref().is_some_and(|host| host.dependencies().contains(&sdk.name)) {
                return Ok(());
            }
        }
        let Some(sdk) = sdks.first() else { return Ok(()) };
        let own = self.project.sdk().map(|own| own.name);
        let built_on = own.map_or_else(|| "on no SDK".to_owned(), |own| format!("on `{own}`"));
        let message = format!(
            "`{}` is written for `{}`, and `{}` is built {built_on}, so nothing would call it",
            plugin.name(),
            sdk.name,
            self.project.name()
        );
        let other = own.map_or_else(
            || "take a plugin that needs no SDK".to_owned(),
            |own| format!("take a plugin for `{own}` (`cargo keyway new plugin NAME --sdk {own}` makes one)"),
        );
        let sdk = &sdk.name;
        Err(refused(
            &message,
            &format!("{other}; or make `{sdk}` a dependency of `{}` too, if it calls its points", self.project.name()),
        ))
    }

    /// Whether the host is built from the same package as the plugin.
    ///
    /// # Errors
    /// It is built from another one of the same name.
    fn compare(self, plugin: &Package, built: &Built) -> Result<bool, Failure> {
        let real = |folder: &Path| folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        let same_name: Vec<&Built> = self.there.iter().filter(|other| other.name == built.name).collect();
        let Some(first) = same_name.first() else { return Ok(false) };
        if same_name.iter().any(|other| real(&other.folder) == real(&built.folder)) {
            return Ok(true);
        }
        let (name, host) = (&built.name, self.project.name());
        let shown = |built: &Built| format!("`{} {}` from `{}`", built.name, built.version, self.project.shown(&built.folder));
        let message = format!(
            "it takes {}, and `{host}` takes {}: to Rust these are two crates, and the host would never call it",
            shown(built),
            shown(first)
        );
        let source = Package::in_folder(self.project.folder()).and_then(|host| host.dependency(name));
        let help = match source.filter(|_| self.is_editable) {
            Some(source) => {
                let line = format!("{name} = {}", source.to_toml(self.folder, &[]));
                format!("write `{line}` into the Cargo.toml of `{}`, so that both take it from one place", plugin.name())
            }
            None => format!("take a version of `{}` that is written for `{} {}`", plugin.name(), name, first.version),
        };
        Err(refused(&message, &help))
    }
}
