//! `cargo keyway approve`: says that plugins may have what they ask for.

use std::path::{Path, PathBuf};

use keyway_manifest::lock::{Day, Decision, LockEntry, LockFile, Verdict as Word};

use crate::decide::{Decided, DecisionArguments, Standing, decide, decider, ids_in, last_day, now, phrase};
use crate::failure::{Class, Failure, NOT_A_DAY};
use crate::locked::{change, read_other};
use crate::session::Session;
use crate::verdict::Verdict;

#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("which").required(true).args(["ids", "all", "import"]))]
pub(crate) struct Arguments {
    /// The plugins, by id.
    #[arg(value_name = "ID")]
    ids: Vec<String>,
    /// Every plugin that waits for a decision; not those that were denied or revoked.
    #[arg(long, conflicts_with = "ids")]
    all: bool,
    /// Takes over the approvals of another project's lock, of plugins that ask for exactly the same here and wait for a decision.
    #[arg(long, value_name = "LOCK", conflicts_with_all = ["ids", "all"])]
    import: Option<PathBuf>,
    /// Why, as a phrase; for example the review in which it was looked at.
    #[arg(long, value_name = "TEXT", value_parser = phrase)]
    reason: Option<String>,
    /// The last day (UTC) on which it holds: `2027-01-31`, or a number of days such as `90d`.
    #[arg(long, value_name = "DAY")]
    expires: Option<String>,
    #[command(flatten)]
    decision: DecisionArguments,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session) -> Result<Verdict, Failure> {
    let project = session.project()?;
    let extra = &project.call().permissions;
    let on = now();
    let until = arguments.expires.as_deref().map(|text| last_day(text, on.day())).transpose();
    let until = until.map_err(|message| {
        Failure::new(Class::Arguments, NOT_A_DAY, message)
            .help("for example: `--expires 90d`, or a day such as `2027-01-31`, today or later")
    })?;
    let by = decider(arguments.decision.by.as_deref(), project.folder())?;
    let other = arguments.import.as_deref().map(read_other).transpose()?;
    let (written, plugins) = change(project, "cargo keyway approve", arguments.decision.dry_run, |lock| {
        let ids = ids_in(lock, &arguments.ids, project)?;
        let waits = |entry: &LockEntry| Standing::of(entry, project, on.day()).waits();
        let chosen = |(id, entry): &(&String, &LockEntry)| match &other {
            Some((_, other)) => waits(entry) && other_approval(other, id, entry, on.day()).is_some(),
            None => {
                if arguments.all {
                    waits(entry)
                } else {
                    ids.contains(id)
                }
            }
        };
        let chosen: Vec<String> = lock.plugins.iter().filter(chosen).map(|(id, _)| id.clone()).collect();
        decide(lock, &chosen, extra, |id, entry| {
            let theirs =
                other.as_ref().and_then(|(file, other)| Some((file.as_path(), other_approval(other, id, entry, on.day())?)));
            let reason = match (&arguments.reason, theirs) {
                (None, Some((file, theirs))) => Some(imported(file, theirs)),
                (reason, _) => reason.clone(),
            };
            Ok(Decision {
                verdict: Word::Approved,
                permissions: entry.permissions.clone(),
                version: entry.version.clone(),
                by: by.clone(),
                on,
                reason,
                until: until.or(theirs.and_then(|(_, theirs)| theirs.until)),
            })
        })
    })?;
    session.print(&Decided { lock: project.shown(&project.lock_file()), written, plugins })?;
    Ok(Verdict::Clean)
}

/// What stands as the reason of an approval that was taken over.
fn imported(file: &Path, theirs: &Decision) -> String {
    let reason = theirs.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    format!("as approved by {} on {} in {}{reason}", theirs.by, theirs.on.day(), file.display())
}

/// The other lock's approval of exactly what this plugin asks for, as long as it holds.
fn other_approval<'a>(other: &'a LockFile, id: &str, entry: &LockEntry, today: Day) -> Option<&'a Decision> {
    let decision = other.plugins.get(id)?.approval.as_ref()?;
    let holds = decision.verdict == Word::Approved && decision.until.is_none_or(|day| day >= today);
    (holds && decision.permissions == entry.permissions).then_some(decision)
}
