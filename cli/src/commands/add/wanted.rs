//! The plugin that an argument means.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use keyway_build::project::KnownPlugin;
use keyway_manifest::host::read_plugin;

use super::{Arguments, refused};
use crate::cost::Built;
use crate::failure::{Class, Failure, FileVerb, NO_PLUGIN};
use crate::project::{Project, lone_plugin};
use crate::scaffold::{Enclosing, Package, Source, version_range};

/// The plugin that an argument means.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    package: String,
    source: Source,
}

impl Wanted {
    /// A folder, `NAME@VERSION`, or the name of a package or the id of a plugin that the host's workspace knows; else a registry's newest.
    pub(super) fn named(arguments: &Arguments, project: &Project) -> Result<Self, Failure> {
        let argument = arguments.plugin.as_str();
        if let Some(git) = arguments.git() {
            return Ok(Self { package: argument.to_owned(), source: git });
        }
        let folder = Path::new(argument);
        if folder.join("Cargo.toml").is_file() {
            return Self::in_folder(folder);
        }
        if argument.contains(['/', '\\']) || argument.starts_with('.') {
            let message = format!("there is no plugin in `{argument}`: no Cargo.toml");
            return Err(Failure::new(Class::Arguments, NO_PLUGIN, message).help("give the folder of the plugin's own Cargo.toml"));
        }
        if let Some((package, version)) = argument.split_once('@') {
            return Ok(Self { package: package.to_owned(), source: Source::version(version) });
        }
        // The workspace of a file in the host's folder is the host's own.
        if let Some(workspace) = Enclosing::around(&project.folder().join("Cargo.toml"))? {
            if let Some(source) = workspace.dependency(argument) {
                return Ok(Self { package: argument.to_owned(), source });
            }
            let is_it = |member: &&Package| {
                let id = || read_plugin(member.folder())?.available.map(|plugin| plugin.id);
                member.name() == argument || id().is_some_and(|id| id.as_str() == argument)
            };
            if let Some(member) = workspace.members().iter().find(is_it) {
                return Self::in_folder(member.folder());
            }
        }
        Ok(Self { package: argument.to_owned(), source: Source::version("*") })
    }

    fn in_folder(folder: &Path) -> Result<Self, Failure> {
        let folder = folder.canonicalize().map_err(|error| Failure::file("the folder", FileVerb::Read, folder, &error))?;
        Ok(Self { package: plugin_in(&folder)?.facts.name, source: Source::folder(&folder) })
    }

    /// Its package.
    pub(super) fn package(&self) -> &str {
        &self.package
    }

    /// Where it comes from.
    pub(super) const fn source(&self) -> &Source {
        &self.source
    }

    /// Reads the plugin, which Cargo has found among these packages.
    pub(super) fn read(&self, comes: &BTreeSet<Built>) -> Result<(PathBuf, KnownPlugin), Failure> {
        let Some(built) = comes.iter().find(|built| built.name == self.package) else {
            let message = format!("Cargo knows no package `{}`", self.package);
            return Err(Failure::new(Class::Arguments, NO_PLUGIN, message).help("give its folder, or `NAME@VERSION`"));
        };
        let folder = if let Source::Folder { folder, .. } = &self.source { folder } else { &built.folder };
        Ok((folder.clone(), plugin_in(folder)?))
    }

    /// What the host's Cargo.toml says of where it comes from.
    pub(super) fn in_host(&self, project: &Project, plugin: &KnownPlugin) -> Result<Source, Failure> {
        let workspace = Enclosing::around(&project.folder().join("Cargo.toml"))?;
        if workspace.is_some_and(|workspace| workspace.dependency(&self.package).is_some()) {
            return Ok(Source::Workspace);
        }
        Ok(match &self.source {
            Source::Version { range, .. } if range == "*" => Source::version(&version_range(&plugin.facts.version)),
            source => source.clone(),
        })
    }
}

/// The plugin in a folder.
fn plugin_in(folder: &Path) -> Result<KnownPlugin, Failure> {
    match Package::in_folder(folder).filter(|package| !package.is_plugin()) {
        Some(package) => {
            let kind = if package.is_host() { "is a host" } else { "has no `plugin.toml`" };
            Err(refused(&format!("`{}` is no plugin: it {kind}", package.name()), "name the folder of a plugin's own Cargo.toml"))
        }
        None => lone_plugin(folder),
    }
}
