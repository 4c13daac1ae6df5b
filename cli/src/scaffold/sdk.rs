//! The SDK that a new plugin or host is for.

use std::path::Path;

use keyway_manifest::host::{normal, read_plugin, relative};
use keyway_manifest::parse::{LARGEST_TEXT, nearest, parse_version, read_bounded_text};

use super::checkout::Checkout;
use super::dependency::{Source, version_range};
use super::enclosing::Enclosing;
use super::package::Package;
use crate::failure::{Class, Failure, FileVerb, SDK_ABSENT};
use crate::project::is_sdk;

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
    source: Source,
    /// The range of versions that a plugin is written for.
    range: String,
    points: Points,
    /// Where it takes `keyway` from, when that is known.
    keyway: Option<Source>,
}

impl Sdk {
    /// The SDK that an argument means: a folder, `NAME@VERSION`, or a name that a workspace knows, as a package or a dependency; [`CMS_SDK`]
    /// comes from where `keyway` does.
    ///
    /// # Errors
    /// There is no such SDK, or what is there is none.
    pub(crate) fn named(argument: &str, workspaces: &[&Enclosing], keyway: &Source) -> Result<Self, Failure> {
        let folder = Path::new(argument);
        if folder.join("Cargo.toml").is_file() {
            let folder =
                std::path::absolute(folder).map_err(|error| Failure::file("the path", FileVerb::Read, folder, &error))?;
            return Self::in_folder(&normal(&folder));
        }
        if let Some((name, version)) = argument.split_once('@') {
            // What is left out of a version is nought to Cargo too.
            let whole = format!("{version}{}", ".0".repeat(2_usize.saturating_sub(version.matches('.').count())));
            if parse_version(version).or_else(|_| parse_version(&whole)).is_err() {
                let message = format!("`{}` is no version of an SDK", version.escape_debug());
                return Err(Failure::new(Class::Arguments, SDK_ABSENT, message).help("write it as in `site-sdk@0.1`"));
            }
            let range = version_range(version);
            return Ok(Self::elsewhere(name, Source::version(&range), format!("^{range}")));
        }
        if let Some(source) = workspaces.iter().find_map(|workspace| workspace.dependency(argument)) {
            return Self::from(argument, source);
        }
        let members: Vec<Package> = workspaces.iter().flat_map(|workspace| workspace.members()).collect();
        match members.iter().find(|member| member.name() == argument) {
            Some(member) => Self::in_folder(member.folder()),
            None if argument == CMS_SDK => Self::of_cms(keyway),
            None => Err(absent(argument, &members)),
        }
    }

    /// The SDK of keyway-cms, which lies where `keyway` does.
    fn of_cms(keyway: &Source) -> Result<Self, Failure> {
        match keyway {
            Source::Folder { folder, .. } => match Checkout::around(folder) {
                Some(checkout) => Self::in_folder(&checkout.cms_sdk()),
                None => {
                    let message = format!("`keyway` lies in `{}`, and `{CMS_SDK}` does not lie beside it", folder.display());
                    Err(Failure::new(Class::Arguments, SDK_ABSENT, message)
                        .help("name the folder of the SDK, or a checkout of Keyway with `--keyway-path`"))
                }
            },
            source => Self::from(CMS_SDK, source.clone()).map(|sdk| Self { keyway: Some(source.clone()), ..sdk }),
        }
    }

    fn from(name: &str, source: Source) -> Result<Self, Failure> {
        let range = match &source {
            Source::Folder { folder, .. } => return Self::in_folder(folder),
            Source::Version { range, .. } | Source::Git { range: Some(range), .. } => range.clone(),
            Source::Git { range: None, .. } if name == CMS_SDK => format!("^{}", version_range(env!("CARGO_PKG_VERSION"))),
            Source::Git { range: None, .. } | Source::Workspace => "*".to_owned(),
        };
        let range = if range.starts_with(|first: char| first.is_ascii_digit()) { format!("^{range}") } else { range };
        Ok(Self::elsewhere(name, source, range))
    }

    /// One whose code is not here.
    fn elsewhere(name: &str, source: Source, range: String) -> Self {
        let points = if name == CMS_SDK { Points::Route } else { Points::Other };
        Self { name: name.to_owned(), source, range, points, keyway: None }
    }

    fn in_folder(folder: &Path) -> Result<Self, Failure> {
        let refused = |message: String, help: &str| Err(Failure::new(Class::Arguments, SDK_ABSENT, message).help(help));
        let (Some(package), Some(facts)) = (Package::in_folder(folder), read_plugin(folder).map(|package| package.facts)) else {
            let message = format!("`{}` has no Cargo.toml of a package", folder.display());
            return refused(message, "give the folder of the SDK's own Cargo.toml");
        };
        if package.is_host() || package.is_plugin() {
            let kind = if package.is_host() { "a host" } else { "a plugin" };
            return refused(
                format!("`{}` is {kind}, and no SDK", facts.name),
                "name the crate that declares the extension points: plugins depend neither on a host nor on each other",
            );
        }
        if !is_sdk(folder) {
            return refused(
                format!("`{}` is no SDK: its code does not call `keyway::sdk!()`", facts.name),
                "name another crate, or write `keyway::sdk!();` into its `src/lib.rs`",
            );
        }
        let code = read_bounded_text(&folder.join("src/lib.rs"), LARGEST_TEXT).unwrap_or_default();
        let points = match facts.name.as_str() {
            CMS_SDK => Points::Route,
            _ if code.contains("async fn greet(&self, name: &str) -> Result<String, GreetError>;") => Points::Greeter,
            _ => Points::Other,
        };
        Ok(Self {
            range: format!("^{}", version_range(&facts.version)),
            name: facts.name,
            source: Source::folder(folder),
            points,
            keyway: package.dependency("keyway"),
        })
    }

    /// The SDK that is made along with a host.
    pub(super) fn to_be(name: &str, folder: &Path) -> Self {
        Self {
            name: name.to_owned(),
            source: Source::folder(folder),
            range: "^0.1".to_owned(),
            points: Points::Greeter,
            keyway: None,
        }
    }

    /// Its package.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn range(&self) -> &str {
        &self.range
    }

    pub(super) const fn points(&self) -> Points {
        self.points
    }

    pub(super) fn keyway(&self) -> Option<&Source> {
        self.keyway.as_ref()
    }

    /// What to write behind `--sdk` in the folder `from` so that it is found again.
    pub(super) fn argument(&self, from: &Path, workspace: Option<&Enclosing>) -> String {
        let is_member = |folder: &Path| workspace.is_some_and(|workspace| folder.starts_with(workspace.folder()));
        match &self.source {
            Source::Folder { folder, .. } if !is_member(folder) => relative(from, folder),
            Source::Version { range, .. } if self.name != CMS_SDK => format!("{}@{range}", self.name),
            _ => self.name.clone(),
        }
    }

    /// The extension point that a new plugin begins with; `None` when no template knows one of it.
    pub(crate) const fn point(&self) -> Option<&'static str> {
        match self.points {
            Points::Greeter => Some("Greeter"),
            Points::Route => Some("Route"),
            Points::Other => None,
        }
    }

    /// Where it comes from.
    pub(crate) const fn source(&self) -> &Source {
        &self.source
    }

    /// What a package of a workspace writes: what the workspace says, where it says the same.
    pub(super) fn in_package(&self, workspace: Option<&Enclosing>) -> &Source {
        let inherited = workspace.and_then(|workspace| workspace.dependency(&self.name));
        if inherited.is_some_and(|inherited| inherited.is_same(&self.source)) { &Source::Workspace } else { &self.source }
    }
}

fn absent(argument: &str, members: &[Package]) -> Failure {
    let message = format!(
        "there is no SDK `{argument}`: neither a folder with a Cargo.toml nor a package of a workspace here is called so"
    );
    let near = nearest(argument, members.iter().map(Package::name));
    let help = match near.first() {
        Some(near) => format!("a similar name exists: `{near}`"),
        None => "give the folder of the SDK, or its name and version as in `site-sdk@0.1`".to_owned(),
    };
    Failure::new(Class::Arguments, SDK_ABSENT, message).help(help)
}
