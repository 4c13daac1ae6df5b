//! `cargo keyway completions SHELL`: what a shell needs to complete arguments.

use clap::CommandFactory;
use clap_complete::{Shell, generate};

use crate::arguments::CommandLine;
use crate::failure::Failure;
use crate::session::Session;
use crate::verdict::Verdict;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The shell.
    shell: Shell,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session) -> Result<Verdict, Failure> {
    let mut script = Vec::new();
    // Shells complete the program by its own name; through `cargo keyway` they ask Cargo.
    generate(arguments.shell, &mut CommandLine::command().bin_name("cargo-keyway"), "cargo-keyway", &mut script);
    session.print_as_is(&String::from_utf8_lossy(&script))?;
    Ok(Verdict::Clean)
}
