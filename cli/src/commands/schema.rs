//! `cargo keyway schema`: the JSON Schema of `plugin.toml`, for editors.

use keyway_manifest::json_schema;

use crate::failure::Failure;
use crate::session::Session;
use crate::verdict::Verdict;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {}

pub(crate) fn run(_: &Arguments, session: &mut Session) -> Result<Verdict, Failure> {
    session.print_as_is(&json_schema())?;
    Ok(Verdict::Clean)
}
