//! Who decides.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::failure::{Class, Failure, NOBODY};

/// The name that a decision is written down with: the one that was given, else the e-mail address that Git knows here.
///
/// # Errors
/// KW0880: there is none, or it cannot stand in a lock.
pub(crate) fn decider(given: Option<&str>, folder: &Path) -> Result<String, Failure> {
    const HELP: &str = "name who decides with `--by ada@example.org`, with the variable `KEYWAY_APPROVER`, or tell Git: \
                        `git config user.email ada@example.org`";
    let name = match given {
        Some(given) => Some(given.trim().to_owned()),
        None => address_in_git(folder),
    };
    match name {
        Some(name) if is_name(&name) => Ok(name),
        Some(name) => Err(Failure::new(Class::Arguments, NOBODY, format!("{name:?} is no name that a lock can keep")).help(HELP)),
        None => Err(Failure::new(Class::Arguments, NOBODY, "nobody is named as the one who decides").help(HELP)),
    }
}

/// What can stand in a lock, on one line.
fn is_name(name: &str) -> bool {
    !name.trim().is_empty() && !name.chars().any(char::is_control)
}

fn address_in_git(folder: &Path) -> Option<String> {
    let mut git = Command::new("git");
    git.args(["config", "user.email"]).current_dir(folder).stdin(Stdio::null());
    let output = git.output().ok().filter(|output| output.status.success())?;
    let address = String::from_utf8(output.stdout).ok()?;
    Some(address.trim().to_owned()).filter(|address| !address.is_empty())
}
