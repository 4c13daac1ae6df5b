//! Denying and taking back: what both commands do.

use keyway_manifest::lock::{Decision, LockEntry, Verdict as Word};

use super::{Decided, DecisionArguments, decide, decider, ids_in, now};
use crate::failure::Failure;
use crate::locked::change;
use crate::session::Session;
use crate::verdict::Verdict;

/// Which plugins are refused, and why.
#[derive(Debug, clap::Args)]
pub(crate) struct RefusalArguments {
    /// The plugins, by id.
    #[arg(value_name = "ID", required = true)]
    ids: Vec<String>,
    /// Why, as a phrase.
    #[arg(long, value_name = "TEXT", value_parser = phrase)]
    reason: String,
    #[command(flatten)]
    decision: DecisionArguments,
}

/// Writes a decision against plugins into the lock, unless `check` objects to one of them.
///
/// # Errors
/// What `check` says; what is wrong with the project or its lock.
pub(crate) fn refuse(
    arguments: &RefusalArguments,
    session: &Session,
    verdict: Word,
    purpose: &str,
    check: impl Fn(&str, &LockEntry) -> Result<(), Failure>,
) -> Result<Verdict, Failure> {
    let project = session.project()?;
    let by = decider(arguments.decision.by.as_deref(), project.folder())?;
    let on = now();
    let (written, plugins) = change(project, purpose, arguments.decision.dry_run, |lock| {
        let ids = ids_in(lock, &arguments.ids, project)?;
        decide(lock, &ids, &project.call().permissions, |id, entry| {
            check(id, entry)?;
            let permissions = match (verdict, &entry.approval) {
                // What is taken back is what was approved, whatever the plugin asks for by now.
                (Word::Revoked, Some(approval)) => approval.permissions.clone(),
                _ => entry.permissions.clone(),
            };
            let reason = Some(arguments.reason.clone());
            Ok(Decision { verdict, permissions, version: entry.version.clone(), by: by.clone(), on, reason, until: None })
        })
    })?;
    session.print(&Decided { lock: project.shown(&project.lock_file()), written, plugins })?;
    Ok(Verdict::Clean)
}

/// A text that a lock can keep: something, on one line.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn phrase(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("it says nothing".to_owned()),
        text if text.chars().any(char::is_control) => Err("write it on one line, without control characters".to_owned()),
        text => Ok(text.to_owned()),
    }
}
