//! `cargo keyway revoke`: takes approvals back.

use keyway_manifest::lock::Verdict as Word;

use crate::decide::{RefusalArguments, refuse};
use crate::failure::{Class, Failure, NOT_APPROVED};
use crate::session::Session;
use crate::verdict::Verdict;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    refusal: RefusalArguments,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session) -> Result<Verdict, Failure> {
    refuse(&arguments.refusal, session, Word::Revoked, "cargo keyway revoke", |id, entry| match &entry.approval {
        Some(approval) if approval.verdict == Word::Approved => Ok(()),
        Some(refused) => {
            let state = refused.verdict.as_str();
            let message = format!("`{id}` is {state}: there is no approval to take back");
            let help = format!("nothing is left to do, as a build with it is refused; {} has {state} it", refused.by);
            Err(Failure::new(Class::Arguments, NOT_APPROVED, message).help(help))
        }
        None => {
            let message = format!("`{id}` is pending: there is no approval to take back");
            let help = format!("`cargo keyway deny {id} --reason …` says that it may not have what it asks for");
            Err(Failure::new(Class::Arguments, NOT_APPROVED, message).help(help))
        }
    })
}
