//! The packages whose tests are meant.

use std::path::{Path, PathBuf};

use keyway_manifest::host::read_plugin;

use crate::cargo::{Depth, Metadata, Package, Question};
use crate::failure::{Class, Failure, FileVerb, NO_CARGO_TOML, NO_PLUGIN};

/// A package with a plugin in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PluginPackage {
    pub(super) name: String,
    pub(super) cargo_toml: PathBuf,
    /// The plugin's id; `None` when its manifest is in the code.
    pub(super) id: Option<String>,
}

/// The plugins that are named, or, when none is, that of the folder, else all of its workspace.
///
/// # Errors
/// One of them is not there, or Cargo cannot list the packages.
pub(super) fn packages(named: &[String], manifest_path: Option<&Path>) -> Result<Vec<PluginPackage>, Failure> {
    let here = match manifest_path {
        Some(path) if path.is_dir() => path.to_owned(),
        Some(path) => path.parent().unwrap_or(Path::new(".")).to_owned(),
        None => PathBuf::from("."),
    };
    if named.is_empty() {
        let here = here.canonicalize().map_err(|error| Failure::file("the folder", FileVerb::Read, &here, &error))?;
        let all = plugins(&here)?;
        let own: Vec<_> = all.iter().filter(|plugin| plugin.cargo_toml.parent() == Some(&here)).cloned().collect();
        let found = if own.is_empty() { all } else { own };
        return match found.is_empty() {
            false => Ok(found),
            true => Err(Failure::new(
                Class::Arguments,
                NO_PLUGIN,
                "there is no plugin here: no package of the workspace has a `plugin.toml`",
            )
            .help("go to the folder of a plugin, or name it: `cargo keyway test FOLDER`")),
        };
    }
    let mut found = Vec::new();
    for named in named {
        let folder = Path::new(named);
        if folder.join("Cargo.toml").is_file() {
            let folder = folder.canonicalize().map_err(|error| Failure::file("the folder", FileVerb::Read, folder, &error))?;
            found.extend(plugins(&folder)?.into_iter().filter(|plugin| plugin.cargo_toml.parent() == Some(&folder)));
            continue;
        }
        let is_it = |plugin: &PluginPackage| plugin.name == *named || plugin.id.as_deref() == Some(named);
        match plugins(&here)?.into_iter().find(is_it) {
            Some(plugin) => found.push(plugin),
            None => {
                let message =
                    format!("the workspace has no plugin `{}`: neither a package nor an id is called so", named.escape_debug());
                return Err(Failure::new(Class::Arguments, NO_PLUGIN, message)
                    .help("name a package, an id as in `site.search`, or a folder"));
            }
        }
    }
    Ok(found)
}

/// The packages of the workspace around a folder in which there are plugins.
fn plugins(folder: &Path) -> Result<Vec<PluginPackage>, Failure> {
    let here = std::path::absolute(folder).map_err(|error| Failure::file("the folder", FileVerb::Read, folder, &error))?;
    let cargo_toml = here.ancestors().map(|folder| folder.join("Cargo.toml")).find(|file| file.is_file());
    let cargo_toml = cargo_toml.ok_or_else(|| {
        let message = format!("there is no Cargo.toml in `{}` or above", folder.display());
        Failure::new(Class::Project, NO_CARGO_TOML, message).help("go to the folder of a plugin")
    })?;
    let metadata = Metadata::ask(&Question { manifest: &cargo_toml, depth: Depth::Members, offline: true });
    let metadata = metadata.map_err(|refusal| {
        Failure::cargo("`cargo metadata` cannot list the packages of the workspace", &refusal)
            .help("mend what Cargo says, or go to the folder of a plugin")
    })?;
    Ok(metadata.packages.into_iter().filter_map(plugin).collect())
}

/// What a package says of its plugin; `None` when there is none in it.
fn plugin(package: Package) -> Option<PluginPackage> {
    if !package.depends_on("keyway") {
        return None;
    }
    let found = read_plugin(package.folder())?;
    let is_inline = found.manifest.is_none();
    let is_there = found.manifest.as_ref().is_some_and(|manifest| manifest.is_file());
    let id = found.available.map(|available| available.id.to_string());
    (is_inline || is_there).then_some(PluginPackage { name: package.name, cargo_toml: package.manifest_path, id })
}
