//! Where the dependencies of a new package come from.

use std::path::{Path, PathBuf};

use keyway_manifest::host::relative;

use crate::failure::{Class, Failure, FileVerb, SDK_ABSENT};

/// Where a dependency comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// A registry, by a version.
    Version(String),
    /// A folder, by its path from the package.
    Path(String),
    /// The workspace knows.
    Workspace,
}

impl Source {
    /// A folder, seen from the folder of the package that depends on it.
    pub(crate) fn folder(from: &Path, folder: &Path) -> Self {
        Self::Path(relative(from, folder))
    }

    /// What stands behind `name = ` in `[dependencies]`.
    pub(crate) fn to_toml(&self, features: &[&str]) -> String {
        let source = match self {
            Self::Version(version) if features.is_empty() => return format!("\"{version}\""),
            Self::Version(version) => format!("version = \"{version}\""),
            Self::Path(path) => format!("path = {}", toml_edit::Value::from(path.as_str())),
            Self::Workspace => "workspace = true".to_owned(),
        };
        match features {
            [] => format!("{{ {source} }}"),
            _ => format!("{{ {source}, features = [\"{}\"] }}", features.join("\", \"")),
        }
    }
}

/// A checkout of Keyway, from whose folders new packages take it.
#[derive(Debug, Clone)]
pub(crate) struct Checkout(PathBuf);

impl Checkout {
    /// The checkout in a folder.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn at(folder: &Path) -> Result<Self, Failure> {
        let folder = std::path::absolute(folder).map_err(|error| Failure::file("the path", FileVerb::Read, folder, &error))?;
        if folder.join("core/Cargo.toml").is_file() && folder.join("manifest/Cargo.toml").is_file() {
            return Ok(Self(folder));
        }
        let message = format!("`{}` is no checkout of Keyway: it has no `core/Cargo.toml`", folder.display());
        Err(Failure::new(Class::Arguments, SDK_ABSENT, message)
            .help("give `--keyway-path` the folder with Keyway's own Cargo.toml"))
    }

    /// The folder of `keyway`.
    pub(crate) fn keyway(&self) -> PathBuf {
        self.0.join("core")
    }

    /// The folder of `keyway-cms-sdk`.
    pub(crate) fn cms_sdk(&self) -> PathBuf {
        self.0.join("host-app/sdk")
    }
}

/// The range that takes what is compatible with a version: `0.1` of `0.1.4`, `2` of `2.3.0`.
pub(crate) fn version_range(version: &str) -> String {
    let mut parts = version.split('.');
    match (parts.next(), parts.next()) {
        (Some("0"), Some(minor)) => format!("0.{minor}"),
        (Some(major), _) => major.to_owned(),
        (None, _) => version.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_written_as_cargo_reads_them() {
        assert_eq!(Source::Version("0.1".to_owned()).to_toml(&[]), "\"0.1\"");
        assert_eq!(Source::Version("0.1".to_owned()).to_toml(&["host"]), "{ version = \"0.1\", features = [\"host\"] }");
        let path = Source::folder(Path::new("/a/b"), Path::new("/a/c \"d\""));
        assert_eq!(path.to_toml(&[]), "{ path = '../c \"d\"' }");
        assert_eq!(Source::Workspace.to_toml(&["a", "b"]), "{ workspace = true, features = [\"a\", \"b\"] }");
        assert_eq!([version_range("0.1.4"), version_range("2.3.0"), version_range("1")], ["0.1", "2", "1"]);
    }
}
