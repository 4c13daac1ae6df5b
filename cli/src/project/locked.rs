//! What a host is made of now, as a lock says it, without any decision.

use std::collections::BTreeMap;

use keyway_build::project::{KnownPlugin, Manifest, registry_checksum};
use keyway_manifest::host::relative;
use keyway_manifest::lock::{Digest, LockEntry, LockFile, Permissions, PluginSource};
use keyway_manifest::parse::{LARGEST_TEXT, read_bounded_text};
use keyway_manifest::{Graph, LockedTier, Policy, resolve_slice};

use super::Project;
use crate::arguments::BuildArguments;
use crate::failure::{Class, Failure, LOCK_ORDER, LOCK_UNKNOWN};
use crate::store::LockStore;

impl Project {
    /// Where the host's lock is kept.
    pub(crate) fn lock_store(&self) -> LockStore {
        LockStore::new(&self.folder, self.shown(&self.lock_file()))
    }

    /// Every plugin that the host depends on, in whatever feature, with what its manifest asks for, and the order in which those of the
    /// default features start on `target`, or on this machine.
    ///
    /// # Errors
    /// The manifest of a plugin is not known here, or the default features do not fit together: then there is no order.
    pub(crate) fn unapproved_lock(&self, target: Option<&str>) -> Result<LockFile, Failure> {
        let unknown = self.unknown_plugins();
        if !unknown.is_empty() {
            let names: Vec<String> = unknown.iter().map(|name| format!("`{name}`")).collect();
            let message = format!("no manifest was found of {}", names.join(", "));
            let help = "run `cargo fetch` where it comes from a registry; a manifest in the source code must stand in `#[plugin(…)]` itself";
            return Err(Failure::new(Class::Project, LOCK_UNKNOWN, message).help(help));
        }
        let mut plugins = BTreeMap::new();
        for plugin in self.plugins() {
            if let Manifest::Read(read) = &plugin.manifest {
                let (source, checksum) = self.source_of(plugin)?;
                let descriptor = read.descriptor;
                let entry = LockEntry {
                    version: descriptor.version.to_string(),
                    package: plugin.facts.name.clone(),
                    source,
                    checksum,
                    tier: LockedTier::Static,
                    manifest: Digest::of_manifest(&read.text),
                    permissions: Permissions::requested(descriptor.permissions),
                    artifacts: BTreeMap::new(),
                    approval: None,
                };
                plugins.insert(descriptor.id.to_string(), entry);
            }
        }
        Ok(LockFile { order: self.default_order(target)?, plugins })
    }

    fn default_order(&self, target: Option<&str>) -> Result<Vec<String>, Failure> {
        let build = self.build(&BuildArguments { target: target.map(str::to_owned), ..BuildArguments::default() })?;
        // Neither what is approved nor what the policy allows is part of the question.
        let graph = Graph { lock: None, policy: &Policy::GRANT_REQUESTED, ..build.graph() };
        let order = resolve_slice(&graph).map_err(|report| {
            let message = "the plugins of the default features do not fit together, so they have no start order";
            let failure =
                Failure::new(Class::Project, LOCK_ORDER, message).help("mend what is shown; `cargo keyway check` says it too");
            Failure { detail: report.to_string().lines().map(outdented).collect(), ..failure }
        })?;
        let ids = order.levels.iter().flatten().map(|index| build.plugins()[*index].id.to_string());
        Ok(ids.collect())
    }

    /// Where the package of a plugin comes from, and its checksum when that is a registry.
    fn source_of(&self, plugin: &KnownPlugin) -> Result<(PluginSource, Option<Digest>), Failure> {
        let (name, version) = (plugin.facts.name.as_str(), plugin.facts.version.as_str());
        let told =
            self.dependencies.values().find(|found| found.package == name && Some(&found.folder) == plugin.folder.as_ref());
        let Some(source) = plugin.source.as_deref().or_else(|| told?.source.as_deref()) else {
            let folder = relative(self.root(), plugin.folder.as_deref().unwrap_or(&self.folder));
            return Ok((PluginSource::Path(if folder.is_empty() { ".".to_owned() } else { folder }), None));
        };
        if let Some(address) = source.strip_prefix("git+") {
            let (url, revision) = address.rsplit_once('#').unwrap_or((address, ""));
            return Ok((PluginSource::Git { url: url.to_owned(), revision: revision.to_owned() }, None));
        }
        let file = self.root().join("Cargo.lock");
        let text = read_bounded_text(&file, LARGEST_TEXT).unwrap_or_default();
        let checksum = registry_checksum(&text, name, version, source).and_then(|digits| format!("sha256:{digits}").parse().ok());
        let Some(checksum) = checksum else {
            let message = format!("`{}` has no checksum of `{name} {version}`", self.shown(&file));
            return Err(Failure::new(Class::Project, LOCK_UNKNOWN, message).help("run `cargo generate-lockfile`, or any build"));
        };
        Ok((PluginSource::Registry(registry_name(source)), Some(checksum)))
    }
}

/// A line of the resolver's report, which is indented for a compiler's message.
fn outdented(line: &str) -> String {
    format!("{}\n", line.strip_prefix("  ").unwrap_or(line))
}

/// The address of a registry; `None` for Cargo's own.
fn registry_name(source: &str) -> Option<String> {
    let address = source.strip_prefix("registry+").unwrap_or(source);
    let is_cargos_own = address.ends_with("/crates.io-index");
    (!is_cargos_own).then(|| address.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargos_own_registry_has_no_name() {
        assert_eq!(registry_name("registry+https://git.example/rust-lang/crates.io-index"), None);
        assert_eq!(registry_name("registry+https://git.example/index"), Some("https://git.example/index".to_owned()));
        assert_eq!(registry_name("sparse+https://git.example/"), Some("sparse+https://git.example/".to_owned()));
    }
}
