//! `cargo keyway surface`: what the plugins of a built host extend, offer, need and ask for.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::arguments::BuildArguments;
use crate::cargo::{Compiler, Depth, Metadata, Question, build_host};
use crate::failure::Failure;
use crate::output::{Page, Report};
use crate::session::Session;
use crate::surface::{Sources, Surface, host_program, read_program, read_sources};
use crate::verdict::Verdict;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The program or library of a host, which is only read; without it the host is built.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["release", "features", "all_features", "no_default_features", "target"])]
    binary: Option<PathBuf>,
    /// Builds the host as for a release.
    #[arg(long)]
    release: bool,
    #[command(flatten)]
    build: BuildArguments,
}

/// The surface of a host, and what the source code of its plugins adds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SurfaceReport {
    /// What the compiler wrote into the program.
    pub surface: Surface,
    /// What only source code tells; `null` for a program that was named, of which there may be no source code here.
    pub sources: Option<Sources>,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session) -> Result<Verdict, Failure> {
    let report = match &arguments.binary {
        Some(file) => SurfaceReport { surface: read_program(file, session.global().package.as_deref())?, sources: None },
        None => built(arguments, session)?,
    };
    session.print(&report)?;
    Ok(Verdict::Clean)
}

/// Builds the host, and reads the program and the source code.
fn built(arguments: &Arguments, session: &Session) -> Result<SurfaceReport, Failure> {
    let project = session.project()?;
    project.build(&arguments.build)?;
    session.progress(&format!("building `{}`", project.name()));
    let artifacts = build_host(project, &arguments.build, arguments.release)?;
    let target = match &arguments.build.target {
        Some(target) => target.clone(),
        None => Compiler::ask()?.host,
    };
    let depth = Depth::Built { target: Some(&target), features: &arguments.build.for_cargo() };
    let metadata = Metadata::ask(&Question { manifest: &project.folder().join("Cargo.toml"), depth, offline: true });
    let metadata = metadata.map_err(|refusal| {
        Failure::cargo("`cargo metadata` cannot say what the host is linked with", &refusal)
            .help("run `cargo fetch`, which downloads it, and then this again")
    })?;
    let (_, surface) = host_program(project, &artifacts)?;
    session.progress("reading the source code of its plugins");
    let sources = read_sources(&surface, &metadata, &artifacts);
    Ok(SurfaceReport { surface, sources: Some(sources) })
}

impl Report for SurfaceReport {
    fn text(&self, page: &mut Page) {
        self.surface.write(self.sources.as_ref(), page);
    }
}
