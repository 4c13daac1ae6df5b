//! Gathers the plugins of a host: all that it knows, what their manifests say, and which of them a build has.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use keyway_manifest::host::{HostManifest, PackageFacts, PluginDependency, read_plugin, relative, shown};
use keyway_manifest::parse::Report;
use keyway_manifest::{Available, Descriptor};

use crate::cfg::{self, Selection};
use crate::metadata::Dependencies;
use crate::plugin_file::{self, ReadManifest};

/// A plugin that a host knows, whether a build has it or not.
#[derive(Debug)]
pub struct KnownPlugin {
    /// Its line in the host's Cargo.toml; `None` for a plugin that `host!` names itself.
    pub dependency: Option<PluginDependency>,
    /// The `cfg` predicate under which a plugin that `host!` names itself is there; `None` when it always is.
    pub predicate: Option<String>,
    /// The folder of its package; `None` when only Cargo could find it, and did not.
    pub folder: Option<PathBuf>,
    /// Where Cargo takes it from, in Cargo's words; `None` for a path.
    pub source: Option<String>,
    /// What its Cargo.toml says.
    pub facts: PackageFacts,
    /// The file of its manifest, whether it exists or not; `None` when it is in the source code, or nowhere known.
    pub file: Option<PathBuf>,
    /// Its manifest.
    pub manifest: Manifest,
    /// What a host says about it when a build leaves it out; `None` when its manifest is not right enough for that.
    pub available: Option<Available>,
}

/// What became of reading a plugin's manifest.
#[derive(Debug)]
pub enum Manifest {
    /// Nothing is wrong with it.
    Read(ReadManifest),
    /// It is refused, for these reasons.
    Refused(Report),
    /// It is written in the plugin's source code, or its package was not found.
    Unknown,
}

/// All plugins that a host knows.
#[derive(Debug, Default)]
pub struct Known {
    /// The plugins, those of Cargo.toml by their names there, then those inside the host.
    pub plugins: Vec<KnownPlugin>,
    /// Every file that was read.
    pub files: Vec<PathBuf>,
}

/// The plugins of a build.
#[derive(Debug, Default)]
pub struct Gathered {
    /// The enabled ones.
    pub plugins: Vec<&'static Descriptor>,
    /// The feature of each plugin, by its id; empty for one that is always on.
    pub features: BTreeMap<String, String>,
    /// All that Cargo.toml knows.
    pub available: Vec<Available>,
    /// Enabled dependencies of which nothing is known here: written in code, not downloaded, or not right.
    pub unknown: Vec<String>,
}

/// Tells whether a host has plugins that only Cargo can find.
#[must_use]
pub fn without_folder(host: &HostManifest) -> bool {
    host.dependencies.iter().any(|dependency| dependency.folder.is_none())
}

/// The features of the host that are on and bring in a plugin.
#[must_use]
pub fn enabled_features<'a>(host: &'a HostManifest, selection: &dyn Selection) -> Vec<&'a str> {
    let conditions = host.dependencies.iter().flat_map(|dependency| &dependency.conditions);
    let mut features: Vec<&str> = conditions.flat_map(|condition| condition.features.iter().map(String::as_str)).collect();
    features.sort_unstable();
    features.dedup();
    features.retain(|feature| selection.has_feature(feature));
    features
}

impl Known {
    /// Reads the folders of all plugin dependencies. `dependencies` are what Cargo has told; it may be empty.
    #[must_use]
    pub fn read(host: &HostManifest, dependencies: &Dependencies) -> Self {
        let mut known = Self::default();
        for dependency in &host.dependencies {
            let told = dependencies.values().find(|found| found.package == dependency.package);
            let folder = dependency.folder.as_ref().or_else(|| told.map(|found| &found.folder));
            let source = told.filter(|_| dependency.folder.is_none()).and_then(|found| found.source.clone());
            known.add(dependency, folder.map(PathBuf::as_path), source, &host.root);
        }
        known
    }

    fn add(&mut self, dependency: &PluginDependency, folder: Option<&Path>, source: Option<String>, root: &Path) {
        let mut plugin = KnownPlugin {
            dependency: Some(dependency.clone()),
            predicate: None,
            folder: folder.map(Path::to_owned),
            source,
            facts: PackageFacts { name: dependency.package.clone(), ..PackageFacts::default() },
            file: None,
            manifest: Manifest::Unknown,
            available: None,
        };
        if let Some((folder, found)) = folder.and_then(|folder| Some((folder, read_plugin(folder)?))) {
            self.files.push(folder.join("Cargo.toml"));
            self.files.extend(found.manifest.clone());
            let way = found.manifest.as_ref().filter(|_| dependency.folder.is_some()).map(|manifest| relative(root, manifest));
            let seen = |known| seen_from_host(known, dependency.feature(), way.clone().unwrap_or_default());
            plugin.available = found.available.map(seen);
            plugin.facts = found.facts;
            if let Some(file) = found.manifest {
                let shown_as = way.unwrap_or_else(|| plugin_file::shown_by_package(&file, &plugin.facts));
                plugin.manifest = Manifest::of(plugin_file::read_manifest(&file, &shown_as, &plugin.facts));
                plugin.file = Some(file);
            }
        }
        self.plugins.push(plugin);
    }

    /// Adds a plugin that is named to the host by its crate: one of the host's dependencies, `folder` is where it lies.
    pub fn add_crate(&mut self, folder: &Path, predicate: Option<String>, host: &HostManifest) {
        let Some(found) = read_plugin(folder) else { return };
        self.files.push(folder.join("Cargo.toml"));
        self.files.extend(found.manifest.clone());
        let way = found.manifest.as_ref().map(|manifest| relative(&host.root, manifest));
        let manifest = found.manifest.as_ref().zip(way.as_ref());
        self.plugins.push(KnownPlugin {
            dependency: None,
            predicate,
            folder: Some(folder.to_owned()),
            source: None,
            manifest: manifest.map_or(Manifest::Unknown, |(file, shown_as)| {
                Manifest::of(plugin_file::read_manifest(file, shown_as, &found.facts))
            }),
            available: found.available.map(|known| seen_from_host(known, "", way.clone().unwrap_or_default())),
            facts: found.facts,
            file: found.manifest,
        });
    }

    /// Adds a plugin inside the host's own crate, by the file of its manifest. `predicate` is that of its `#[cfg(…)]`.
    pub fn add_local(&mut self, file: &Path, predicate: Option<String>, host: &HostManifest) {
        self.files.push(file.to_owned());
        let manifest = plugin_file::read_manifest(file, &shown(file, &host.root), &host.facts);
        self.add_inside(Some(file.to_owned()), manifest, predicate, host);
    }

    /// Adds a plugin inside the host's own crate, by the text of its manifest.
    pub fn add_local_text(&mut self, text: &str, predicate: Option<String>, host: &HostManifest) {
        let manifest = plugin_file::parse_manifest(text.to_owned(), "the manifest of this plugin", &host.facts);
        self.add_inside(None, manifest, predicate, host);
    }

    fn add_inside(
        &mut self,
        file: Option<PathBuf>,
        manifest: Result<ReadManifest, Report>,
        predicate: Option<String>,
        host: &HostManifest,
    ) {
        self.plugins.push(KnownPlugin {
            dependency: None,
            predicate,
            folder: None,
            source: None,
            facts: host.facts.clone(),
            file,
            manifest: Manifest::of(manifest),
            available: None,
        });
    }

    /// The plugins of one build.
    #[must_use]
    pub fn select(&self, selection: &dyn Selection) -> Gathered {
        let mut gathered = Gathered::default();
        for plugin in &self.plugins {
            if let Some(available) = &plugin.available {
                gathered.features.insert(available.id.to_string(), available.feature.to_owned());
                gathered.available.push(*available);
            }
            if plugin.is_enabled(selection) {
                match plugin.descriptor() {
                    Some(descriptor) => gathered.plugins.push(descriptor),
                    None => gathered.unknown.push(plugin.name()),
                }
            }
        }
        gathered
    }
}

impl KnownPlugin {
    /// Tells whether a build has the plugin.
    #[must_use]
    pub fn is_enabled(&self, selection: &dyn Selection) -> bool {
        // A predicate that is not understood here is one that Cargo understood; the macro leaves it to rustc.
        let holds = |predicate: &String| cfg::holds(predicate, selection).unwrap_or(true);
        let Some(dependency) = &self.dependency else { return self.predicate.as_ref().is_none_or(holds) };
        dependency.conditions.iter().any(|condition| {
            let feature =
                condition.features.is_empty() || condition.features.iter().any(|feature| selection.has_feature(feature));
            feature && condition.target.as_ref().is_none_or(holds)
        })
    }

    /// What its manifest says; `None` when that is not known, or not right.
    #[must_use]
    pub const fn descriptor(&self) -> Option<&'static Descriptor> {
        match &self.manifest {
            Manifest::Read(read) => Some(read.descriptor),
            Manifest::Refused(_) | Manifest::Unknown => None,
        }
    }

    /// The name of its package; for one inside the host, its manifest.
    fn name(&self) -> String {
        match (&self.dependency, &self.file) {
            (None, Some(file)) => file.display().to_string(),
            _ => self.facts.name.clone(),
        }
    }
}

impl Manifest {
    /// Takes the outcome of reading one.
    #[must_use]
    pub fn of(read: Result<ReadManifest, Report>) -> Self {
        match read {
            Ok(read) => Self::Read(read),
            Err(report) => Self::Refused(report),
        }
    }
}

fn seen_from_host(known: Available, feature: &str, manifest: String) -> Available {
    Available { feature: String::leak(feature.to_owned()), manifest: manifest.leak(), ..known }
}
