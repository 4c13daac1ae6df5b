//! A plugin's folder: its Cargo.toml and its manifest, read leniently, because each plugin's own build checks them in full.

use std::path::{Path, PathBuf};

use super::Workspace;
use super::package::{PackageFacts, parse_package};
use super::workspace::normal;
use crate::parse::{Source, leak, leak_slice, parse_document, parse_version, read_manifest};
use crate::{Available, PluginId};

/// Where a plugin's manifest lies, as `[package.metadata.keyway]` of its Cargo.toml says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ManifestPlace {
    /// In a file, by its path from the package's folder.
    File(String),
    /// In the source code (`manifest = "inline"`), where only the compiler sees it.
    Inline,
}

impl ManifestPlace {
    /// Understands the value of `manifest`; without one, the manifest is `plugin.toml`.
    #[must_use]
    pub fn new(value: Option<&str>) -> Self {
        match value {
            Some("inline") => Self::Inline,
            Some(path) => Self::File(path.to_owned()),
            None => Self::File("plugin.toml".to_owned()),
        }
    }
}

/// What was found in a plugin's folder.
#[derive(Debug, Clone)]
pub struct PluginFolder {
    /// What its Cargo.toml says.
    pub facts: PackageFacts,
    /// The manifest's file, whether it exists or not; `None` when the manifest is in the source code.
    pub manifest: Option<PathBuf>,
    /// The plugin, without a feature, when its manifest could be understood as far as needed.
    pub available: Option<Available>,
}

/// Reads a plugin's folder; `None` when there is no Cargo.toml of a package in it.
#[must_use]
pub fn read_plugin(folder: &Path) -> Option<PluginFolder> {
    let cargo_toml = std::fs::read_to_string(folder.join("Cargo.toml")).ok()?;
    let facts = parse_package(&cargo_toml, Workspace::find(folder).as_ref())?;
    let manifest = match &facts.manifest {
        ManifestPlace::File(path) => Some(normal(&folder.join(path))),
        ManifestPlace::Inline => None,
    };
    let text = manifest.as_ref().and_then(|manifest| std::fs::read_to_string(manifest).ok());
    let available = text.and_then(|text| parse_available(&text, &facts));
    Some(PluginFolder { facts, manifest, available })
}

/// Takes from a manifest what a host says about a plugin that it leaves out: id, version and services. The feature stays empty.
///
/// `None` when the manifest has no id or no usable version; what else is wrong with it does not matter here. Strings are leaked.
#[must_use]
pub fn parse_available(manifest: &str, facts: &PackageFacts) -> Option<Available> {
    let source = Source::new(manifest, "plugin.toml");
    let manifest = read_manifest(&parse_document(&source).0, &source);
    let id = &manifest.id.get()?.value;
    let version = manifest.version.get().map_or(facts.version.as_str(), |version| &version.value);
    let service = |line: &crate::parse::Relation| Some((leak(&line.id.value), parse_version(line.version.text()).ok()?));
    Some(Available {
        id: PluginId::new(leak(id)),
        version: parse_version(version).ok()?,
        package: leak(&facts.name),
        feature: "",
        provides: leak_slice(manifest.provides.iter().filter_map(service).collect()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn understands_a_manifest_that_is_not_quite_right() {
        let facts = parse_package("[package]\nname = \"cms-plugin-clock\"\nversion = \"1.2.0\"", None).unwrap();
        let text =
            "colour = 3\n[plugin]\nid = \"site.clock\"\n[provides]\n\"service.clock\" = \"1.0.0\"\n\"service.odd\" = \"one\"";
        let clock = parse_available(text, &facts).unwrap();
        assert_eq!((clock.id.as_str(), clock.version.minor, clock.package), ("site.clock", 2, "cms-plugin-clock"));
        assert_eq!(clock.provides.len(), 1);
        assert_eq!(clock.provides[0].0, "service.clock");
        assert!(parse_available("[plugin]\nid = 3", &facts).is_none());
    }
}
