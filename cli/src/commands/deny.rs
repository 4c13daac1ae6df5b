//! `cargo keyway deny`: says that plugins may not have what they ask for.

use keyway_manifest::lock::Verdict as Word;

use crate::decide::{RefusalArguments, refuse};
use crate::failure::Failure;
use crate::session::Session;
use crate::verdict::Verdict;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    refusal: RefusalArguments,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session) -> Result<Verdict, Failure> {
    refuse(&arguments.refusal, session, Word::Denied, "cargo keyway deny", |_, _| Ok(()))
}
