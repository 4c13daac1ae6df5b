//! `cargo keyway`: looks at the plugins of a Keyway host without compiling it.
//!
//! The program is [`run`]. What its commands find is data first: [`answer`] has the types of what `--json` prints, for programs that read
//! it; the text for people is made from the same values.
//!
//! Inside: `commands` has a file for each command, `session` what all of them share, `project` how a host is read, `store` how its lock is
//! kept, `output` how answers are written.

mod access;
pub mod answer;
mod arguments;
mod audit;
mod binary;
mod cargo;
mod commands;
mod confirm;
mod cost;
mod decide;
mod difference;
mod failure;
mod host_file;
mod libraries;
mod locked;
mod output;
mod policy_file;
mod project;
mod scaffold;
mod session;
mod signing;
mod store;
mod surface;
mod toml_file;
mod verdict;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

use arguments::CommandLine;
use session::Session;

pub use failure::CODES;

/// Runs the program with its arguments, the first of which is its own name.
///
/// As Cargo starts `cargo-keyway keyway …` for `cargo keyway …`, a second argument `keyway` is left out.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let mut arguments: Vec<OsString> = arguments.into_iter().collect();
    if arguments.get(1).is_some_and(|second| second == "keyway") {
        arguments.remove(1);
    }
    let line = match CommandLine::try_parse_from(arguments) {
        Ok(line) => line,
        Err(error) => {
            // Help and version come this way too. When nobody reads them any more, there is nobody to tell.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let mut session = Session::new(line.global, line.command.name());
    match line.command.run(&mut session) {
        Ok(verdict) => verdict.exit_code(),
        Err(failure) => session.tell(&failure),
    }
}
