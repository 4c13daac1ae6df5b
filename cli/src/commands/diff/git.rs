//! What Git has of a file in a revision.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use keyway_manifest::lock::LOCK_FILE;

use crate::failure::{Class, Failure, NOT_COMPARABLE, PROGRAM};
use crate::session::Session;

/// Bytes of what is read from a repository at most.
const LARGEST: u64 = 512 << 20;

/// A file as it was in a revision: for `REVISION:PATH` what Git takes it for, from the top of the repository of the current folder, or from the
/// current folder itself when the path begins with `./`; for `REVISION` alone the lock of the host.
///
/// # Errors
/// It is no revision that Git knows here, or has no such file.
pub(super) fn read(name: &str, session: &Session) -> Result<Vec<u8>, Failure> {
    // No revision begins so, and what does is an option to Git.
    if name.starts_with('-') {
        let message = format!("there is no file `{name}`, and a name that begins with `-` is no revision");
        return Err(Failure::new(Class::Arguments, NOT_COMPARABLE, message).help("name a file, a revision, or `REVISION:PATH`"));
    }
    let (folder, object) = if name.contains(':') {
        (PathBuf::from("."), name.to_owned())
    } else {
        (session.project_with_mistakes()?.folder().to_owned(), format!("{name}:./{LOCK_FILE}"))
    };
    let ask = |arguments: &[&str]| ask(name, &folder, &[arguments, &["--end-of-options", &object]].concat());
    let size = ask(&["-s"])?;
    let size = str::from_utf8(&size).ok().and_then(|size| size.trim().parse::<u64>().ok());
    if size.is_none_or(|size| size > LARGEST) {
        let message = format!("what Git has as `{name}` is larger than {} MiB", LARGEST >> 20);
        return Err(Failure::new(Class::File, NOT_COMPARABLE, message).help("write it into a file, and name that"));
    }
    ask(&["blob"])
}

fn ask(name: &str, folder: &Path, arguments: &[&str]) -> Result<Vec<u8>, Failure> {
    let failed = |said: &str| {
        let message = format!("`{name}` is no file, and Git does not know it: {said}");
        Failure::new(Class::Program, PROGRAM, message)
            .help("name a file that is there, a revision that has a lock, or `REVISION:PATH`")
    };
    let mut git = Command::new("git");
    git.arg("cat-file").args(arguments).current_dir(folder).env("LC_ALL", "C").stdin(Stdio::null());
    let output = git.output().map_err(|error| failed(&format!("`git` cannot be started: {error}")))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.lines().next().unwrap_or("it said nothing").trim_start_matches("fatal: ");
    if said.starts_with("not a git repository") {
        let place = if folder == Path::new(".") { "the current folder".to_owned() } else { format!("`{}`", folder.display()) };
        let message = format!("`{name}` is no file, and no revision either: {place} is in no Git repository");
        return Err(Failure::new(Class::Arguments, NOT_COMPARABLE, message)
            .help("name a file or folder that is there, from the current folder"));
    }
    Err(failed(said))
}
