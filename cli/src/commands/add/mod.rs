//! `cargo keyway add`: a plugin in a host's Cargo.toml, once it was shown what it costs and what it asks for.

mod fit;
mod plan;
mod report;
mod wanted;

use crate::confirm::{Consent, Decision};
use crate::cost::{Shadow, built_with, measure, tell_cargo};
use crate::failure::{Class, Failure, FileVerb, NOT_ADDED};
use crate::host_file::HostFile;
use crate::policy_file::{Allowed, PolicyFile};
use crate::project::Project;
use crate::scaffold::Source;
use crate::session::Session;
use crate::verdict::Verdict;
use fit::Fit;
use keyway_manifest::parse::{LARGEST_TEXT, read_bounded_text};
use wanted::Wanted;

pub use report::{Add, AskedPermission, NewPackage, RequiredPlugin};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The plugin: its folder; its package or id, in the host's workspace; or `NAME@VERSION`, as a registry has it.
    #[arg(value_name = "PLUGIN")]
    plugin: String,
    /// The Git repository that has the package `PLUGIN`.
    #[arg(long, value_name = "URL")]
    git: Option<String>,
    /// The branch of the repository.
    #[arg(long, value_name = "NAME", requires = "git", group = "reference")]
    branch: Option<String>,
    /// The tag in the repository.
    #[arg(long, value_name = "NAME", requires = "git", group = "reference")]
    tag: Option<String>,
    /// The commit in the repository.
    #[arg(long, value_name = "COMMIT", requires = "git", group = "reference")]
    rev: Option<String>,
    /// The feature that turns it on; it follows from the name when left out.
    #[arg(long, value_name = "NAME")]
    feature: Option<String>,
    /// Turns it on by default.
    #[arg(long)]
    default: bool,
    /// Writes the lines into the host's policy too that allow what it asks for and does not do without.
    #[arg(long)]
    policy: bool,
    /// Builds the host without the plugin and with it, in a copy, and tells time and size.
    #[arg(long)]
    measure: bool,
    #[command(flatten)]
    consent: Consent,
}

impl Arguments {
    /// The Git repository that is named.
    fn git(&self) -> Option<Source> {
        let named = [("branch", &self.branch), ("tag", &self.tag), ("rev", &self.rev)];
        let reference = named.into_iter().find_map(|(key, name)| Some((key, name.clone()?)));
        Some(Source::Git { url: self.git.clone()?, reference, range: None })
    }
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session) -> Result<Verdict, Failure> {
    let session = &*session;
    let project = session.project()?;
    let wanted = Wanted::named(arguments, project)?;
    session.progress("asking Cargo what comes with the plugin");
    let shadow = Shadow::of(wanted.package(), wanted.source(), project.root())?;
    let comes = shadow.comes()?;
    let (folder, plugin) = wanted.read(&comes)?;
    let cargo_toml = project.folder().join("Cargo.toml");
    let mut file = HostFile::read(&cargo_toml)?;
    let plan = plan::plan(project, &file, &wanted, &plugin, arguments)?;
    let there = built_with(project)?;
    let is_editable = matches!(wanted.source(), Source::Folder { .. });
    Fit { project, folder: &folder, is_editable, comes: &comes, there: &there }.check()?;
    file.add(&plan.addition);
    let new = comes
        .iter()
        .filter(|package| !there.iter().any(|other| (&other.name, &other.version) == (&package.name, &package.version)));
    let features = vec!["--features".to_owned(), plan.addition.feature.clone()];
    let measured = match arguments.measure {
        true => {
            let before = read_bounded_text(&cargo_toml, LARGEST_TEXT)
                .map_err(|error| Failure::file("the file", FileVerb::Read, &cargo_toml, &error))?;
            let texts = (before.as_str(), &*file.text());
            Some(measure(project.root(), project.folder(), texts, &features, &|text| session.progress(text))?)
        }
        false => None,
    };
    let mut add = report::report(project, &plan, &plugin, &file, new, comes.len());
    add.measured = measured;
    let policy = if arguments.policy { policy(project, &add)? } else { None };
    add.writes_policy = policy.is_some();
    // A person is asked about what was shown; with JSON there is one answer, which says what was done.
    let decided = arguments.consent.decided(session);
    let decision = match decided {
        Some(decision) => decision,
        None => {
            session.print(&add)?;
            Consent::ask(&format!("Write this to {}?", add.written_files()))?
        }
    };
    if decision == Decision::Make {
        write(&file, policy.as_ref())?;
        add.written = true;
    }
    match decided {
        Some(_) => session.print(&add)?,
        None if add.written => session.notice(&format!("written to {}", add.written_files())),
        None => {}
    }
    if let Some(notice) = decision.notice() {
        session.notice(notice);
    }
    if add.written {
        tell_cargo(project, session);
    }
    let is_done = add.written || (arguments.consent.is_dry() && add.problems.is_empty());
    Ok(if is_done { Verdict::Clean } else { Verdict::Found })
}

/// The host's policy as it was, and as it is to be; `None` when it says all that the plugin needs.
///
/// # Errors
/// It is written in the code, or in a form that is for a person to edit.
fn policy(project: &Project, add: &Add) -> Result<Option<(PolicyFile, PolicyFile)>, Failure> {
    let missing: Vec<Allowed<'_>> = add.missing().map(|asked| (asked.name.as_str(), asked.scopes.as_slice())).collect();
    if missing.is_empty() {
        return Ok(None);
    }
    let by_hand = |where_it_is: &str| {
        refused(
            &format!("the host's policy is {where_it_is}"),
            "leave out `--policy`, and write the lines that are shown by hand",
        )
    };
    let file = project.policy_file().ok_or_else(|| by_hand("in the code"))?;
    let before = PolicyFile::read(file)?;
    let after = before.allowing(&add.plugin, &missing);
    let after = after.ok_or_else(|| by_hand("written in a form that is not edited here"))?;
    Ok(Some((before, after)))
}

/// Writes both files or none.
fn write(file: &HostFile, policy: Option<&(PolicyFile, PolicyFile)>) -> Result<(), Failure> {
    let Some((before, after)) = policy else { return file.write() };
    after.write()?;
    // That the policy cannot be written back is told by nothing better than the failure itself.
    file.write().inspect_err(|_| drop(before.write()))
}

fn refused(message: &str, help: &str) -> Failure {
    Failure::new(Class::Arguments, NOT_ADDED, format!("the plugin is not added: {message}")).help(help)
}
