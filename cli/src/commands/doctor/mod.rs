//! `cargo keyway doctor`: looks now at what makes a host, a build or a load of a library fail later.
//!
//! There is a file for each group of checks. What another command or the native tier knows is asked of it: no rule is written here a second
//! time.

mod files;
mod finding;
mod git;
mod graph;
mod libraries;
mod lock;
mod profile;
mod project;
mod subject;
mod toolchain;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::arguments::BuildArguments;
use crate::failure::Failure;
use crate::output::{Page, Report, style, styled};
use crate::session::Session;
use crate::verdict::Verdict;
use finding::count;
use subject::Subject;

pub use finding::{DoctorCheck, DoctorFinding, DoctorGroup};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// A folder of libraries, as the program names it; what is in an earlier one goes first.
    #[arg(long, value_name = "FOLDER")]
    native: Vec<PathBuf>,
    /// The program of the host, which is asked about each library, as `cargo keyway verify` does.
    #[arg(long, value_name = "FILE", requires = "native")]
    program: Option<PathBuf>,
    /// The data folder of the program.
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// A secret key; those that lie beside Cargo.toml and end in `.key` are found.
    #[arg(long, value_name = "FILE")]
    key: Vec<PathBuf>,
    #[command(flatten)]
    build: BuildArguments,
}

/// What was looked at, and what was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Doctor {
    /// The host's package; `null` where there is none.
    pub host: Option<String>,
    /// How many problems there are.
    pub problems: usize,
    /// How many notes there are.
    pub notes: usize,
    /// The checks, by what they look at.
    pub groups: Vec<DoctorGroup>,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session) -> Result<Verdict, Failure> {
    let is_cargo_held_up = toolchain::is_package_cache_held();
    let (project, unread) = if is_cargo_held_up { (None, None) } else { project::find(session)? };
    let subject = Subject::new(arguments, project, is_cargo_held_up)?;
    let groups = [
        ("toolchain", toolchain::look(&subject)),
        ("project", unread.map_or_else(|| project::look(&subject), |unread| vec![unread])),
        ("graph", graph::look(&subject)),
        ("build", profile::look(&subject)),
        ("files", files::look(&subject)),
        ("lock", lock::look(&subject, session)),
        ("libraries", libraries::look(&subject)),
    ];
    let doctor = Doctor::new(project.map(|project| project.name().to_owned()), groups);
    session.print(&doctor)?;
    Ok(if doctor.problems == 0 { Verdict::Clean } else { Verdict::Found })
}

impl Doctor {
    fn new(host: Option<String>, groups: impl IntoIterator<Item = (&'static str, Vec<DoctorCheck>)>) -> Self {
        let groups = groups.into_iter().filter(|(_, checks)| !checks.is_empty());
        let groups: Vec<DoctorGroup> = groups.map(|(name, checks)| DoctorGroup { name: name.to_owned(), checks }).collect();
        let findings = || groups.iter().flat_map(|group| &group.checks).flat_map(|check| &check.findings);
        let problems = findings().filter(|finding| finding.is_problem()).count();
        let notes = findings().count() - problems;
        Self { host, problems, notes, groups }
    }
}

impl Report for Doctor {
    fn text(&self, page: &mut Page) {
        for group in &self.groups {
            page.heading(&group.name);
            group.checks.iter().for_each(|check| check.text(page));
        }
        page.gap();
        let whose = self.host.as_ref().map(|host| format!(" with `{host}`")).unwrap_or_default();
        let notes = if self.notes == 0 { String::new() } else { format!("; {}", count(self.notes, "note")) };
        page.line(match self.problems {
            0 => format!("{}{notes}", styled(style::GOOD, format!("all is well{whose}"))),
            problems => format!("{}{notes}", styled(style::BAD, format!("{}{whose}", count(problems, "problem")))),
        });
    }
}
