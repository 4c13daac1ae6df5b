//! `cargo keyway new`: a plugin, a host or an SDK that compiles, is tested, and says where to go on.

mod next;
mod report;

use std::path::{Path, PathBuf};

use keyway_manifest::host::{normal, shown};

use crate::failure::{Class, Failure, FileVerb, NAME};
use crate::project::is_sdk;
use crate::scaffold::{self, Checkout, Enclosing, Files, Keyway, Name, Sdk, Surroundings};
use crate::session::Session;
use crate::verdict::Verdict;

use next::Made;

pub use report::New;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    kind: Kind,
}

#[derive(Debug, clap::Subcommand)]
enum Kind {
    /// Makes a plugin, with a test of its own and the conformance kit.
    Plugin {
        #[command(flatten)]
        place: Place,
        /// The SDK of its host: a folder, a package of the workspace, `NAME@VERSION` of a registry, or `keyway-cms-sdk`. Without one it is a
        /// plugin for any host, with a job.
        #[arg(long, value_name = "SDK")]
        sdk: Option<String>,
        /// Its id; it follows from the name when left out: `site.search` for `site-plugin-search`.
        #[arg(long, value_name = "ID")]
        id: Option<String>,
    },
    /// Makes a host; without an SDK, a workspace of a host, an SDK and a first plugin.
    Host {
        #[command(flatten)]
        place: Place,
        /// The SDK that it is built on: a folder, a package of the workspace, `NAME@VERSION` of a registry, or `keyway-cms-sdk`.
        #[arg(long, value_name = "SDK")]
        sdk: Option<String>,
    },
    /// Makes an SDK: the crate in which a host declares its extension points.
    Sdk {
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Debug, clap::Args)]
struct Place {
    /// The name of its package.
    #[arg(value_name = "NAME")]
    name: String,
    /// The folder to be made; one of the package's name when left out.
    #[arg(long, value_name = "FOLDER")]
    path: Option<PathBuf>,
    /// A checkout of Keyway to take it from. Without one it comes from where the SDK or the workspace takes it, else in the version of this
    /// program.
    #[arg(long, value_name = "FOLDER")]
    keyway_path: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session) -> Result<Verdict, Failure> {
    let (Kind::Plugin { place, .. } | Kind::Host { place, .. } | Kind::Sdk { place }) = &arguments.kind;
    let name = Name::new(&place.name)?;
    let here =
        std::env::current_dir().map_err(|error| Failure::file("the current folder", FileVerb::Read, Path::new("."), &error))?;
    let folder = here.join(place.path.as_deref().unwrap_or_else(|| Path::new(name.as_str())));
    let folder = std::path::absolute(&folder).map_err(|error| Failure::file("the path", FileVerb::Read, &folder, &error))?;
    // `../x` lies in the workspace of `x`, and not in what is left by `..`.
    let folder = normal(&folder);
    let mut workspace = Enclosing::around(&folder)?;
    let mut files = Files::in_new(&folder)?;
    let checkout = place.keyway_path.as_deref().map(Checkout::at).transpose()?;
    let sdk = sdk(arguments, checkout.as_ref(), workspace.as_ref(), &here)?;
    let keyway = Keyway::find(checkout.as_ref(), sdk.as_ref(), workspace.as_ref());
    keyway.is_one()?;
    let around = Surroundings { keyway: &keyway, workspace: workspace.as_ref() };
    let id = match &arguments.kind {
        Kind::Plugin { id, .. } => Some(name.id(id.as_deref())?),
        Kind::Host { .. } | Kind::Sdk { .. } => None,
    };
    let mut packages = vec![(name.clone(), folder.clone())];
    match (&arguments.kind, &sdk) {
        (Kind::Plugin { .. }, sdk) => {
            scaffold::plugin(&mut files, "", &name, id.as_deref().unwrap_or_default(), sdk.as_ref(), around);
        }
        (Kind::Host { .. }, Some(sdk)) => scaffold::host(&mut files, "", &name, sdk, None, around),
        (Kind::Host { .. }, None) => packages = scaffold::workspace(&mut files, &name, around)?,
        (Kind::Sdk { .. }, _) => scaffold::library(&mut files, "", &name, around),
    }
    if let Some(workspace) = &workspace {
        are_free(&packages, workspace)?;
    } else {
        scaffold::ignored(&mut files);
    }
    let made =
        Made { name: &name, id: id.as_deref(), folder: &folder, here: &here, sdk: sdk.as_ref(), workspace: workspace.as_ref() };
    let next = next::commands(&arguments.kind, &made);
    let written = files.write()?;
    let folders: Vec<PathBuf> = packages.into_iter().map(|(_, folder)| folder).collect();
    let is_plugin = matches!(arguments.kind, Kind::Plugin { .. });
    let (mut joined, mut says_keyway) = (None, false);
    if let Some(workspace) = &mut workspace {
        let (is_new, says) = (workspace.join(&folders), keyway.add_to(workspace));
        if is_new || says {
            workspace.write().inspect_err(|_| written.take_back())?;
        }
        let cargo_toml = shown(&workspace.folder().join("Cargo.toml"), &here);
        (joined, says_keyway) = (is_new.then_some(cargo_toml), says);
    }
    let from = workspace.as_ref().map_or(folder.as_path(), Enclosing::folder);
    session.print(&New {
        kind: arguments.kind.word().to_owned(),
        package: name.as_str().to_owned(),
        id,
        // Where no template knows a point of the SDK, it is one of Keyway's own.
        point: is_plugin.then(|| sdk.as_ref().and_then(Sdk::point).unwrap_or("Job").to_owned()),
        sdk: sdk.as_ref().map(|sdk| sdk.name().to_owned()),
        sdk_from: sdk.as_ref().map(|sdk| sdk.source().shown(from)),
        other_sdks: if is_plugin && sdk.is_none() { sdks(workspace.as_ref()) } else { Vec::new() },
        keyway: keyway.source().shown(from),
        says_keyway,
        folder: shown(&folder, &here),
        files: files.paths(),
        joined,
        next,
    })?;
    keyway.notes().iter().for_each(|note| session.notice(note));
    Ok(Verdict::Clean)
}

impl Kind {
    const fn word(&self) -> &'static str {
        match self {
            Self::Plugin { .. } => "plugin",
            Self::Host { .. } => "host",
            Self::Sdk { .. } => "sdk",
        }
    }
}

/// The SDK that is named. A name is looked for in the workspace of the new package, and in that of the current folder.
fn sdk(
    arguments: &Arguments,
    checkout: Option<&Checkout>,
    workspace: Option<&Enclosing>,
    here: &Path,
) -> Result<Option<Sdk>, Failure> {
    let (Kind::Plugin { sdk: Some(named), .. } | Kind::Host { sdk: Some(named), .. }) = &arguments.kind else { return Ok(None) };
    let current = Enclosing::around(&here.join("Cargo.toml"))?;
    let workspaces: Vec<&Enclosing> = workspace.into_iter().chain(&current).collect();
    Sdk::named(named, &workspaces, Keyway::find(checkout, None, workspace).source()).map(Some)
}

/// The packages of a workspace that are SDKs.
fn sdks(workspace: Option<&Enclosing>) -> Vec<String> {
    let members = workspace.map(Enclosing::members).unwrap_or_default();
    members.iter().filter(|member| is_sdk(member.folder())).map(|member| member.name().to_owned()).collect()
}

/// Cargo takes no two packages of one name into a workspace.
fn are_free(packages: &[(Name, PathBuf)], workspace: &Enclosing) -> Result<(), Failure> {
    let members = workspace.members();
    let taken = packages.iter().find_map(|(name, _)| members.iter().find(|member| member.name() == name.as_str()));
    taken.map_or(Ok(()), |member| {
        let message = format!(
            "the workspace has a package `{}` already, in `{}`",
            member.name(),
            shown(member.folder(), workspace.folder())
        );
        Err(Failure::new(Class::Arguments, NAME, message).help("choose another name"))
    })
}
