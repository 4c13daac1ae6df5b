//! `cargo keyway man`: manual pages.

use std::path::PathBuf;

use clap::{Command, CommandFactory};
use clap_mangen::Man;

use crate::arguments::CommandLine;
use crate::failure::{Failure, FileVerb};
use crate::session::Session;
use crate::verdict::Verdict;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Writes the pages of all commands into this folder, instead of the page of the program to standard output.
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session) -> Result<Verdict, Failure> {
    let mut program = CommandLine::command().bin_name("cargo-keyway").disable_help_subcommand(true);
    program.build();
    match &arguments.folder {
        None => session.print_as_is(&page(&program))?,
        Some(folder) => {
            std::fs::create_dir_all(folder).map_err(|error| Failure::file("the folder", FileVerb::Written, folder, &error))?;
            let commands = program.get_subcommands().map(|command| (format!("cargo-keyway-{}.1", command.get_name()), command));
            for (name, command) in [("cargo-keyway.1".to_owned(), &program)].into_iter().chain(commands) {
                let file = folder.join(name);
                std::fs::write(&file, page(command))
                    .map_err(|error| Failure::file("the file", FileVerb::Written, &file, &error))?;
            }
        }
    }
    Ok(Verdict::Clean)
}

fn page(command: &Command) -> String {
    let mut page = Vec::new();
    Man::new(command.clone()).manual("Keyway").render(&mut page).expect("a vector takes any text");
    String::from_utf8_lossy(&page).into_owned()
}
