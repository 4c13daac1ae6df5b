//! The SDK that a new plugin or host is for.

use std::path::{Path, PathBuf};

use keyway_manifest::host::read_plugin;
use keyway_manifest::parse::{LARGEST_TEXT, read_bounded_text};

use super::dependency::{Checkout, Source, version_range};
use super::enclosing::Enclosing;
use crate::failure::{Class, Failure, FileVerb, SDK_ABSENT};

/// The SDK of the reference host.
const CMS_SDK: &str = "keyway-cms-sdk";

/// Which of the templates a new package can begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Points {
    /// The `Greeter` of a new SDK.
    Greeter,
    /// The `Route` of keyway-cms.
    Route,
    /// Points that no template knows, or no SDK at all.
    Other,
}

/// The SDK that a new plugin or host is for.
#[derive(Debug, Clone)]
pub(crate) struct Sdk {
    name: String,
    place: Place,
    /// The range of versions that a plugin is written for.
    range: String,
    points: Points,
}

#[derive(Debug, Clone)]
enum Place {
    Folder(PathBuf),
    Version(String),
}

impl Sdk {
    /// The SDK that an argument means: a folder, or `NAME@VERSION`; [`CMS_SDK`] without a version is that of this Keyway.
    ///
    /// # Errors
    /// There is no package in the folder, or the version is missing.
    pub(crate) fn named(argument: &str, checkout: Option<&Checkout>) -> Result<Self, Failure> {
        let folder = Path::new(argument);
        if folder.join("Cargo.toml").is_file() {
            let folder =
                std::path::absolute(folder).map_err(|error| Failure::file("the path", FileVerb::Read, folder, &error))?;
            return Self::in_folder(&folder);
        }
        let (name, version) = argument.split_once('@').unwrap_or((argument, ""));
        match (name, version, checkout) {
            (CMS_SDK, "", Some(checkout)) => Self::in_folder(&checkout.cms_sdk()),
            (CMS_SDK, "", None) => Ok(Self::of_version(name, env!("CARGO_PKG_VERSION"))),
            (_, "", _) => {
                let message = format!("there is no SDK `{argument}`: no folder of this name has a Cargo.toml");
                let help = "give the folder of the SDK, or its name and version as in `site-sdk@0.1`";
                Err(Failure::new(Class::Arguments, SDK_ABSENT, message).help(help))
            }
            _ => Ok(Self::of_version(name, version)),
        }
    }

    fn of_version(name: &str, version: &str) -> Self {
        let range = version_range(version);
        let points = if name == CMS_SDK { Points::Route } else { Points::Other };
        Self { name: name.to_owned(), place: Place::Version(range.clone()), range: format!("^{range}"), points }
    }

    fn in_folder(folder: &Path) -> Result<Self, Failure> {
        let Some(facts) = read_plugin(folder).map(|package| package.facts) else {
            let message = format!("`{}` has no Cargo.toml of a package", folder.display());
            return Err(Failure::new(Class::Arguments, SDK_ABSENT, message).help("give the folder of the SDK's own Cargo.toml"));
        };
        let code = read_bounded_text(&folder.join("src/lib.rs"), LARGEST_TEXT).unwrap_or_default();
        let points = match facts.name.as_str() {
            CMS_SDK => Points::Route,
            _ if code.contains("async fn greet(&self, name: &str) -> Result<String, GreetError>;") => Points::Greeter,
            _ => Points::Other,
        };
        let range = format!("^{}", version_range(&facts.version));
        Ok(Self { name: facts.name, place: Place::Folder(folder.to_owned()), range, points })
    }

    /// The SDK that is made along with a host.
    pub(super) fn to_be(name: &str, folder: &Path) -> Self {
        Self { name: name.to_owned(), place: Place::Folder(folder.to_owned()), range: "^0.1".to_owned(), points: Points::Greeter }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn range(&self) -> &str {
        &self.range
    }

    pub(super) const fn points(&self) -> Points {
        self.points
    }

    /// Its folder; `None` when it comes from a registry.
    pub(super) fn folder(&self) -> Option<&Path> {
        match &self.place {
            Place::Folder(folder) => Some(folder),
            Place::Version(_) => None,
        }
    }

    /// Where a package in this folder takes it from.
    pub(super) fn source(&self, from: &Path, enclosing: Option<&Enclosing>) -> Source {
        match &self.place {
            _ if enclosing.is_some_and(|workspace| workspace.has_dependency(&self.name)) => Source::Workspace,
            Place::Folder(folder) => Source::folder(from, folder),
            Place::Version(version) => Source::Version(version.clone()),
        }
    }
}
