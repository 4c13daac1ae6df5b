//! `cargo keyway new`: a plugin, a host or an SDK that compiles, is tested, and says where to go on.

use std::path::{Path, PathBuf};

use keyway_manifest::host::shown;
use serde::{Deserialize, Serialize};

use crate::failure::{Failure, FileVerb};
use crate::output::{Page, Report, style, styled};
use crate::scaffold::{self, Checkout, Enclosing, Files, Name, Sdk, Surroundings};
use crate::session::Session;
use crate::verdict::Verdict;

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
        /// The SDK of its host: a folder, `NAME@VERSION`, or `keyway-cms-sdk`. Without one it is a plugin for any host, with a job.
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
        /// The SDK that it is built on: a folder, `NAME@VERSION`, or `keyway-cms-sdk`.
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
    /// A checkout of Keyway to take it from, in place of the version of this program.
    #[arg(long, value_name = "FOLDER")]
    keyway_path: Option<PathBuf>,
}

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct New {
    /// `plugin`, `host` or `sdk`.
    pub kind: String,
    /// The package's name.
    pub package: String,
    /// The id of a plugin; `null` for the others.
    pub id: Option<String>,
    /// Its folder.
    pub folder: String,
    /// The files that were written, from that folder.
    pub files: Vec<String>,
    /// The Cargo.toml to whose members it was added; `null` when there was no need.
    pub joined: Option<String>,
    /// What to type next.
    pub next: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session) -> Result<Verdict, Failure> {
    let (Kind::Plugin { place, .. } | Kind::Host { place, .. } | Kind::Sdk { place }) = &arguments.kind;
    let name = Name::new(&place.name)?;
    let here =
        std::env::current_dir().map_err(|error| Failure::file("the current folder", FileVerb::Read, Path::new("."), &error))?;
    let folder = here.join(place.path.as_deref().unwrap_or_else(|| Path::new(name.as_str())));
    let folder = std::path::absolute(&folder).map_err(|error| Failure::file("the path", FileVerb::Read, &folder, &error))?;
    let checkout = place.keyway_path.as_deref().map(Checkout::at).transpose()?;
    let sdk = |named: &Option<String>| named.as_deref().map(|named| Sdk::named(named, checkout.as_ref())).transpose();
    let mut enclosing = Enclosing::around(&folder)?;
    let around = Surroundings { checkout: checkout.as_ref(), enclosing: enclosing.as_ref() };
    let mut files = Files::in_new(&folder)?;
    let (kind, id, packages) = match &arguments.kind {
        Kind::Plugin { sdk: named, id, .. } => {
            let id = name.id(id.as_deref())?;
            scaffold::plugin(&mut files, "", &name, &id, sdk(named)?.as_ref(), around);
            ("plugin", Some(id), vec![folder.clone()])
        }
        Kind::Host { sdk: named, .. } => match sdk(named)? {
            Some(sdk) => {
                scaffold::host(&mut files, "", &name, &sdk, None, around);
                ("host", None, vec![folder.clone()])
            }
            None => {
                let packages = scaffold::workspace(&mut files, &name, around)?;
                ("host", None, packages.map(|package| folder.join(package)).to_vec())
            }
        },
        Kind::Sdk { .. } => {
            scaffold::library(&mut files, "", &name, around);
            ("sdk", None, vec![folder.clone()])
        }
    };
    if enclosing.is_none() {
        scaffold::ignored(&mut files);
    }
    let was_there = folder.is_dir();
    files.write()?;
    let joined = match &mut enclosing {
        Some(workspace) => workspace.join(&packages).inspect_err(|_| files.take_back(was_there))?,
        None => false,
    };
    let joined = enclosing.filter(|_| joined).map(|workspace| shown(&workspace.folder().join("Cargo.toml"), &here));
    let folder = shown(&folder, &here);
    let next = next(kind, &folder);
    session.print(&New {
        kind: kind.to_owned(),
        package: name.as_str().to_owned(),
        id,
        folder,
        files: files.paths(),
        joined,
        next,
    })?;
    Ok(Verdict::Clean)
}

fn next(kind: &str, folder: &str) -> Vec<String> {
    let enter = format!("cd {folder}");
    let then = if kind == "host" { "cargo run" } else { "cargo test" };
    vec![enter, then.to_owned()]
}

impl Report for New {
    fn text(&self, page: &mut Page) {
        let what = match (&self.id, self.kind.as_str()) {
            (Some(id), _) => format!("the plugin `{id}`"),
            (None, "sdk") => "an SDK".to_owned(),
            (None, other) => format!("a {other}"),
        };
        page.line(format!("made {what} in `{}`, package `{}`", self.folder, self.package));
        for file in &self.files {
            page.line(format!("  {file}"));
        }
        if let Some(joined) = &self.joined {
            page.line(format!("added to the members in `{joined}`"));
        }
        page.gap();
        page.line(styled(style::HEADING, "next"));
        for command in &self.next {
            page.line(format!("  {command}"));
        }
    }
}
