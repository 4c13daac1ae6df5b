//! Gathers the plugins of a build: which are enabled, which could be, and what their manifests say.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use keyway_manifest::host::{HostManifest, PluginDependency, read_plugin, relative};
use keyway_manifest::{Available, Descriptor};

use crate::environment::Environment;
use crate::metadata::Folders;
use crate::{cfg, plugin_file};

/// The plugins of a build.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    /// The enabled ones.
    pub(crate) plugins: Vec<&'static Descriptor>,
    /// The feature of each plugin, by its id; empty for one that is always on.
    pub(crate) features: BTreeMap<String, String>,
    /// All that Cargo.toml knows.
    pub(crate) available: Vec<Available>,
    /// Enabled dependencies of which nothing is known here: written in code, not downloaded, or not right.
    pub(crate) unknown: Vec<String>,
    /// Every file that was read.
    pub(crate) files: Vec<PathBuf>,
}

/// The dependencies that only Cargo can find.
pub(crate) fn without_folder(host: &HostManifest) -> bool {
    host.dependencies.iter().any(|dependency| dependency.folder.is_none())
}

/// The features of the host that are on and bring in a plugin.
pub(crate) fn enabled_features<'a>(host: &'a HostManifest, environment: &Environment) -> Vec<&'a str> {
    let conditions = host.dependencies.iter().flat_map(|dependency| &dependency.conditions);
    let mut features: Vec<&str> = conditions.flat_map(|condition| condition.features.iter().map(String::as_str)).collect();
    features.sort_unstable();
    features.dedup();
    features.retain(|feature| environment.has_feature(feature));
    features
}

/// Reads the folders of all plugin dependencies, and the manifests of plugins inside the host.
pub(crate) fn gather(host: &HostManifest, folders: &Folders, local: &[PathBuf], environment: &Environment) -> Gathered {
    let mut gathered = Gathered::default();
    for dependency in &host.dependencies {
        let folder = dependency.folder.as_ref().or_else(|| folders.get(&dependency.package));
        gathered.add(dependency, folder.map(PathBuf::as_path), is_enabled(dependency, environment), &host.root);
    }
    for manifest in local {
        gathered.add_local(manifest, host);
    }
    gathered
}

fn is_enabled(dependency: &PluginDependency, environment: &Environment) -> bool {
    dependency.conditions.iter().any(|condition| {
        let feature = condition.features.is_empty() || condition.features.iter().any(|feature| environment.has_feature(feature));
        // A predicate that is not understood here is one that Cargo understood; the macro leaves it to rustc.
        feature && condition.target.as_ref().is_none_or(|target| cfg::holds(target, environment).unwrap_or(true))
    })
}

impl Gathered {
    fn add(&mut self, dependency: &PluginDependency, folder: Option<&Path>, is_enabled: bool, root: &Path) {
        let found = folder.and_then(|folder| read_plugin(folder).map(|found| (folder, found)));
        let mut descriptor = None;
        if let Some((folder, found)) = &found {
            self.files.push(folder.join("Cargo.toml"));
            self.files.extend(found.manifest.clone());
            if let Some(available) = found.available {
                let feature = dependency.feature();
                self.features.insert(available.id.to_string(), feature.to_owned());
                let manifest = found.manifest.as_ref().filter(|_| dependency.folder.is_some());
                let manifest = manifest.map(|manifest| relative(root, manifest)).unwrap_or_default();
                self.available.push(Available {
                    feature: String::leak(feature.to_owned()),
                    manifest: manifest.leak(),
                    ..available
                });
            }
            if is_enabled {
                descriptor = found.manifest.as_ref().and_then(|manifest| plugin_file::descriptor(manifest, &found.facts, root));
            }
        }
        match descriptor {
            Some(descriptor) => self.plugins.push(descriptor),
            None if is_enabled => self.unknown.push(dependency.package.clone()),
            None => {}
        }
    }

    fn add_local(&mut self, manifest: &Path, host: &HostManifest) {
        self.files.push(manifest.to_owned());
        match plugin_file::descriptor(manifest, &host.facts, &host.root) {
            Some(descriptor) => self.plugins.push(descriptor),
            None => self.unknown.push(manifest.display().to_string()),
        }
    }
}
