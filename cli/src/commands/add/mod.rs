//! `cargo keyway add`: a plugin in a host's Cargo.toml, once it was shown what it costs and what it asks for.

mod plan;
mod report;

use crate::confirm::{Consent, Decision};
use crate::cost::{Shadow, built_with, measure};
use crate::failure::Failure;
use crate::host_file::HostFile;
use crate::session::Session;
use crate::verdict::Verdict;
use keyway_manifest::parse::{LARGEST_TEXT, read_bounded_text};
use plan::Wanted;

pub use report::{Add, AskedPermission, NewPackage, RequiredPlugin};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The plugin: its folder, or its name and version as a registry has it, `NAME@VERSION`.
    #[arg(value_name = "PLUGIN")]
    plugin: String,
    /// The feature that turns it on; it follows from the name when left out.
    #[arg(long, value_name = "NAME")]
    feature: Option<String>,
    /// Turns it on by default.
    #[arg(long)]
    default: bool,
    /// Builds the host without the plugin and with it, in a copy, and tells time and size.
    #[arg(long)]
    measure: bool,
    #[command(flatten)]
    consent: Consent,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session) -> Result<Verdict, Failure> {
    let session = &*session;
    let project = session.project()?;
    let wanted = Wanted::named(&arguments.plugin)?;
    session.progress("asking Cargo what comes with the plugin");
    let shadow = Shadow::of(wanted.package(), &wanted.origin(), project.root())?;
    let comes = shadow.comes()?;
    let plugin = wanted.read(&comes)?;
    let cargo_toml = project.folder().join("Cargo.toml");
    let mut file = HostFile::read(&cargo_toml)?;
    let plan = plan::plan(project, &file, &wanted, &plugin, arguments)?;
    file.add(&plan.addition);
    let there = built_with(project)?;
    let new = comes
        .iter()
        .filter(|package| !there.iter().any(|other| (&other.name, &other.version) == (&package.name, &package.version)));
    let features = vec!["--features".to_owned(), plan.addition.feature.clone()];
    let measured = match arguments.measure {
        true => {
            let before = read_bounded_text(&cargo_toml, LARGEST_TEXT)
                .map_err(|error| Failure::file("the file", crate::failure::FileVerb::Read, &cargo_toml, &error))?;
            let texts = (before.as_str(), &*file.text());
            Some(measure(project.root(), project.folder(), texts, &features, &|text| session.progress(text))?)
        }
        false => None,
    };
    let mut add = report::report(project, &plan, &plugin, &file, new, comes.len());
    add.measured = measured;
    // A person is asked about what was shown; with JSON there is one answer, which says what was done.
    let decided = arguments.consent.decided(session);
    let decision = match decided {
        Some(decision) => decision,
        None => {
            session.print(&add)?;
            Consent::ask(&format!("Write this to `{}`?", add.cargo_toml))?
        }
    };
    if decision == Decision::Make {
        file.write()?;
        add.written = true;
    }
    match decided {
        Some(_) => session.print(&add)?,
        None if add.written => session.notice(&format!("`{}` was written", add.cargo_toml)),
        None => {}
    }
    if let Some(notice) = decision.notice() {
        session.notice(notice);
    }
    let is_done = add.written || (arguments.consent.is_dry() && add.problems.is_empty());
    Ok(if is_done { Verdict::Clean } else { Verdict::Found })
}
