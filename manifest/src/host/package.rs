//! What a plugin's own Cargo.toml says: name, version, crate name, where its manifest lies.

use super::toml_path::{flag, table_at, text};
use super::{ManifestPlace, Workspace};
use crate::parse::{Source, parse_document};

/// The facts of a package that a host needs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PackageFacts {
    /// `package.name`.
    pub name: String,
    /// `package.version`, inherited from the workspace where it says so; `0.0.0` when left out.
    pub version: String,
    /// The name by which code calls the library.
    pub library: String,
    /// Where the manifest lies: `package.metadata.keyway.manifest`, or `plugin.toml`.
    pub manifest: ManifestPlace,
}

/// Reads the text of a package's Cargo.toml; `None` when it has no `[package]` with a name.
#[must_use]
pub fn parse_package(cargo_toml: &str, workspace: Option<&Workspace>) -> Option<PackageFacts> {
    let document = parse_document(&Source::new(cargo_toml, "Cargo.toml")).0;
    let package = document.table("package")?;
    let name = text(package, "name")?.to_owned();
    let version = match package.table("version") {
        Some(inherited) if flag(inherited, "workspace") => workspace.and_then(|workspace| text(workspace.package(), "version")),
        _ => text(package, "version"),
    };
    let library = document.table("lib").and_then(|library| text(library, "name"));
    let manifest = table_at(package, &["metadata", "keyway"]).and_then(|keyway| text(keyway, "manifest"));
    Some(PackageFacts {
        version: version.unwrap_or("0.0.0").to_owned(),
        library: library.map_or_else(|| name.replace('-', "_"), str::to_owned),
        manifest: ManifestPlace::new(manifest),
        name,
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn inherits_the_version() {
        let workspace = Workspace::parse(Path::new("/w"), "[workspace.package]\nversion = \"1.4.0\"").unwrap();
        let text = "[package]\nname = \"cms-plugin-feed\"\nversion.workspace = true";
        let facts = parse_package(text, Some(&workspace)).unwrap();
        assert_eq!((facts.version.as_str(), facts.library.as_str()), ("1.4.0", "cms_plugin_feed"));
        assert_eq!(parse_package(text, None).unwrap().version, "0.0.0");
    }

    #[test]
    fn knows_a_renamed_library_and_another_manifest() {
        let text = "[package]\nname = \"a-b\"\nversion = \"1.0.0\"\nmetadata.keyway.manifest = \"meta/feed.toml\"\n[lib]\nname = \"feed\"";
        let facts = parse_package(text, None).unwrap();
        assert_eq!(facts.library, "feed");
        assert_eq!(facts.manifest, ManifestPlace::File("meta/feed.toml".to_owned()));
    }
}
