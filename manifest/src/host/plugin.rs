//! A plugin's folder: its Cargo.toml and its manifest, read leniently, because each plugin's own build checks them in full.

use std::path::{Path, PathBuf};

use super::Workspace;
use super::package::{PackageFacts, parse_package};
use super::workspace::normal;
use crate::parse::{
    CargoFacts, ExtraPermission, LARGEST_FILE, LARGEST_TEXT, Manifest, Parsed, PermissionLine, PermissionNames, Relation, Report,
    Source, check_scope, leak, leak_slice, parse_document, parse_manifest, parse_version, read_bounded_text, read_manifest,
};
use crate::{Available, PluginId, ScopeKind, SdkInfo};

/// Where a plugin's manifest lies, as `[package.metadata.keyway]` of its Cargo.toml says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ManifestPlace {
    /// In a file, by its path from the package's folder.
    File(String),
    /// In the source code (`manifest = "inline"`), where only the compiler sees it.
    Inline,
}

impl Default for ManifestPlace {
    fn default() -> Self {
        Self::new(None)
    }
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

/// What `keyway::sdk!()` says about the SDK in a folder, read from its Cargo.toml; `None` when there is no package in it.
#[must_use]
pub fn read_sdk(folder: &Path) -> Option<SdkInfo> {
    let facts = read_plugin(folder)?.facts;
    Some(SdkInfo { name: leak(&facts.name), version: parse_version(&facts.version).ok()? })
}

/// Reads a plugin's folder; `None` when there is no Cargo.toml of a package in it.
#[must_use]
pub fn read_plugin(folder: &Path) -> Option<PluginFolder> {
    let cargo_toml = read_bounded_text(&folder.join("Cargo.toml"), LARGEST_TEXT).ok()?;
    let facts = parse_package(&cargo_toml, Workspace::find(folder).as_ref())?;
    let manifest = match &facts.manifest {
        ManifestPlace::File(path) => Some(normal(&folder.join(path))),
        ManifestPlace::Inline => None,
    };
    let text = manifest.as_ref().and_then(|manifest| read_bounded_text(manifest, LARGEST_FILE).ok());
    let available = text.and_then(|text| parse_available(&text, &facts));
    Some(PluginFolder { facts, manifest, available })
}

/// Takes from a manifest what a host says about a plugin that it leaves out: id, version and services. Feature and file stay empty.
///
/// `None` when the manifest has no id or no usable version; what else is wrong with it does not matter here. Strings are leaked.
#[must_use]
pub fn parse_available(manifest: &str, facts: &PackageFacts) -> Option<Available> {
    let manifest = as_written(manifest);
    let id = &manifest.id.get()?.value;
    let version = manifest.version.get().map_or(facts.version.as_str(), |version| &version.value);
    let service = |line: &Relation| Some((leak(&line.id.value), parse_version(line.version.text()).ok()?));
    Some(Available {
        id: PluginId::new(leak(id)),
        version: parse_version(version).ok()?,
        package: leak(&facts.name),
        feature: "",
        manifest: "",
        provides: leak_slice(manifest.provides.iter().filter_map(service).collect()),
    })
}

/// Takes all that a manifest says, for tools that have no compiler at hand: [`Parsed::descriptor`] is it without what only code tells,
/// the extensions, hooks and events.
///
/// Permissions of an SDK's own are declared in code, so a tool does not know them. They are taken as written, with the first kind of
/// scope that all their scopes fit.
///
/// # Errors
/// Everything that is wrong with the manifest, as the plugin's own build says it.
pub fn parse_descriptor(manifest: &str, shown_as: &str, facts: &PackageFacts) -> Result<Parsed, Report> {
    let names = PermissionNames { extra: &[] };
    let lines = as_written(manifest).permissions;
    let unknown = lines.iter().filter(|line| names.scope_kind(&line.name.value).is_none());
    let extra: Vec<ExtraPermission> = unknown.filter_map(taken_as_written).collect();
    parse(manifest, shown_as, facts, &extra)
}

/// The same where it is known which permissions of an SDK the plugin's code declares: others are mistakes.
///
/// # Errors
/// Everything that is wrong with the manifest, as the plugin's own build says it.
pub fn parse_descriptor_declaring(
    manifest: &str,
    shown_as: &str,
    facts: &PackageFacts,
    declared: &[String],
) -> Result<Parsed, Report> {
    let extra: Vec<ExtraPermission> = declared.iter().map(|name| permission_as_written(manifest, name)).collect();
    parse(manifest, shown_as, facts, &extra)
}

fn parse(manifest: &str, shown_as: &str, facts: &PackageFacts, extra: &[ExtraPermission]) -> Result<Parsed, Report> {
    let facts = facts.clone();
    let facts = CargoFacts {
        package: facts.name,
        version: facts.version,
        description: facts.description,
        authors: facts.authors,
        license: facts.license,
        repository: facts.repository,
    };
    parse_manifest(manifest, shown_as, &facts, extra)
}

fn as_written(manifest: &str) -> Manifest {
    let source = Source::new(manifest, "plugin.toml");
    read_manifest(&parse_document(&source).0, &source)
}

/// Declares a permission of an SDK for the reading of `manifest`, where only the SDK's code knows the kind of its scopes: with the first
/// kind that all scopes of its line fit, or [`ScopeKind::Topic`] when there is none. Whoever knows the kind has to compare it.
#[must_use]
pub fn permission_as_written(manifest: &str, name: &str) -> ExtraPermission {
    let lines = as_written(manifest).permissions;
    let line = lines.iter().find(|line| line.name.value == name);
    line.and_then(taken_as_written).unwrap_or_else(|| ExtraPermission { name: name.to_owned(), scope_kind: ScopeKind::Topic })
}

fn taken_as_written(line: &PermissionLine) -> Option<ExtraPermission> {
    let scopes = &line.scope.get()?.value;
    let fits = |kind: &ScopeKind| scopes.iter().all(|scope| check_scope(*kind, &scope.value).is_ok());
    Some(ExtraPermission { name: line.name.value.clone(), scope_kind: ScopeKind::ALL.into_iter().find(fits)? })
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

    #[test]
    fn takes_the_permissions_of_an_sdk_as_written() {
        let facts = parse_package("[package]\nname = \"cms-plugin-mail\"\nversion = \"1.2.0\"", None).unwrap();
        let text = "manifest-version = 1\n[plugin]\nid = \"site.mail\"\nhost = \"^1\"\n[permissions]\n\
                    \"mail.send\" = { scope = [\"https://mail.example\"], reason = \"sends mail\" }";
        let mail = parse_descriptor(text, "plugin.toml", &facts).unwrap().descriptor();
        assert_eq!((mail.permissions[0].name, mail.permissions[0].scope_kind), ("mail.send", ScopeKind::Origin));
        let report = parse_descriptor("[plugin]\nid = \"site.mail\"", "plugin.toml", &facts).unwrap_err();
        assert!(report.to_string().contains("plugin.toml"), "{report}");
    }
}
