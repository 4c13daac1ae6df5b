//! What a plugin's own Cargo.toml says: name, version, crate name, where its manifest lies.

use super::toml_path::{flag, table_at, text, texts};
use super::{ManifestPlace, Workspace};
use crate::parse::{Source, Spanned, Value, parse_document};

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
    /// `package.description`; this and the next three may come from the workspace, and are empty when left out.
    pub description: String,
    /// `package.authors`, divided by `:` as Cargo gives them to a compiler.
    pub authors: String,
    /// `package.license`.
    pub license: String,
    /// `package.repository`.
    pub repository: String,
}

/// Reads the text of a package's Cargo.toml; `None` when it has no `[package]` with a name.
#[must_use]
pub fn parse_package(cargo_toml: &str, workspace: Option<&Workspace>) -> Option<PackageFacts> {
    let document = parse_document(&Source::new(cargo_toml, "Cargo.toml")).0;
    let package = document.table("package")?;
    let name = text(package, "name")?.to_owned();
    let said_by = |key: &str| match package.table(key) {
        Some(inherited) if flag(inherited, "workspace") => workspace.map(Workspace::package),
        _ => Some(package),
    };
    let said = |key: &str| said_by(key).and_then(|table| text(table, key)).map(str::to_owned);
    let authors = said_by("authors").and_then(|table| table.get("authors")).map(|entry| texts(&entry.value.value));
    let library = document.table("lib").and_then(|library| text(library, "name"));
    let manifest = table_at(package, &["metadata", "keyway"]).and_then(|keyway| text(keyway, "manifest"));
    Some(PackageFacts {
        version: said("version").unwrap_or_else(|| "0.0.0".to_owned()),
        library: library.map_or_else(|| name.replace('-', "_"), str::to_owned),
        manifest: ManifestPlace::new(manifest),
        description: said("description").unwrap_or_default(),
        authors: authors.unwrap_or_default().join(":"),
        license: said("license").unwrap_or_default(),
        repository: said("repository").unwrap_or_default(),
        name,
    })
}

/// Tells whether the text of a Cargo.toml says which dependencies of its package are plugins.
#[must_use]
pub fn is_host(cargo_toml: &str) -> bool {
    let document = parse_document(&Source::new(cargo_toml, "Cargo.toml")).0;
    table_at(&document, &["package", "metadata", "keyway"]).is_some_and(|keyway| keyway.get("plugins").is_some())
}

/// The source files that the text of a Cargo.toml names for its library and its programs, by their paths from its folder.
#[must_use]
pub fn crate_roots(cargo_toml: &str) -> Vec<String> {
    let document = parse_document(&Source::new(cargo_toml, "Cargo.toml")).0;
    let library = document.table("lib").and_then(|library| text(library, "path"));
    let programs = document.get("bin").map_or(&[][..], |entry| match &entry.value.value {
        Value::List(programs) => programs.as_slice(),
        _ => &[],
    });
    let path = |program: &Spanned<Value>| match &program.value {
        Value::Table(program) => text(program, "path").map(str::to_owned),
        _ => None,
    };
    library.map(str::to_owned).into_iter().chain(programs.iter().filter_map(path)).collect()
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
    fn takes_what_people_read_from_the_package_and_its_workspace() {
        let workspace =
            Workspace::parse(Path::new("/w"), "[workspace.package]\nlicense = \"MIT\"\nauthors = [\"Ada\", \"Grace\"]").unwrap();
        let text = "[package]\nname = \"a\"\ndescription = \"counts\"\nlicense.workspace = true\nauthors.workspace = true";
        let facts = parse_package(text, Some(&workspace)).unwrap();
        let said = (facts.description.as_str(), facts.license.as_str(), facts.authors.as_str(), facts.repository.as_str());
        assert_eq!(said, ("counts", "MIT", "Ada:Grace", ""));
    }

    #[test]
    fn knows_hosts_and_where_their_code_begins() {
        let text = "[package]\nname = \"a\"\nmetadata.keyway.plugins = []\n[lib]\npath = \"a.rs\"\n[[bin]]\npath = \"b.rs\"\n[[bin]]\nname = \"c\"";
        assert!(is_host(text) && !is_host("[package]\nname = \"a\"\nmetadata.keyway.manifest = \"a.toml\""));
        assert_eq!(crate_roots(text), ["a.rs", "b.rs"]);
    }

    #[test]
    fn knows_a_renamed_library_and_another_manifest() {
        let text = "[package]\nname = \"a-b\"\nversion = \"1.0.0\"\nmetadata.keyway.manifest = \"meta/feed.toml\"\n[lib]\nname = \"feed\"";
        let facts = parse_package(text, None).unwrap();
        assert_eq!(facts.library, "feed");
        assert_eq!(facts.manifest, ManifestPlace::File("meta/feed.toml".to_owned()));
    }
}
