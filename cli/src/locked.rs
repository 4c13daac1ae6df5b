//! The lock of a project as those commands see it that decide: brought up to date with the project, and changed in one step.

use std::io::ErrorKind;
use std::path::Path;

use keyway_manifest::lock::{LOCK_FILE, LockFile, parse_lock, read_lock};
use keyway_manifest::parse::Report;

use crate::commands::lock;
use crate::failure::{Failure, FileVerb};
use crate::project::Project;
use crate::store::Written;

/// The lock as `cargo keyway lock` would write it now, with all decisions of the one that is there. Nothing is written.
///
/// # Errors
/// The lock that is there, or the project, cannot be read.
pub(crate) fn look(project: &Project) -> Result<LockFile, Failure> {
    let before = project.lock_store().read_to_renew()?;
    lock::renewed(project, before.as_ref().map(|before| &before.file))
}

/// Brings the lock up to date, changes it, and writes it; tells whether it was written. With `dry_run` it is not.
///
/// # Errors
/// What `change` says, and what [`LockStore::edit`](crate::store::LockStore::edit) says; the lock is then as it was.
pub(crate) fn change<T>(
    project: &Project,
    purpose: &str,
    dry_run: bool,
    change: impl FnOnce(&mut LockFile) -> Result<T, Failure>,
) -> Result<(bool, T), Failure> {
    if dry_run {
        return Ok((false, change(&mut look(project)?)?));
    }
    let (written, answer) = project.lock_store().edit(purpose, |before| {
        let mut lock = lock::renewed(project, before.map(|before| &before.file))?;
        let answer = change(&mut lock)?;
        Ok((lock, answer))
    })?;
    if written == Written::Made {
        lock::have_cargo_look(project)?;
    }
    Ok((written != Written::Unchanged, answer))
}

/// Reads the lock of another project; a folder stands for the lock in it.
///
/// # Errors
/// It cannot be read, or has mistakes.
pub(crate) fn read_other(path: &Path) -> Result<LockFile, Failure> {
    let file = if path.is_dir() { path.join(LOCK_FILE) } else { path.to_owned() };
    let shown = file.display().to_string();
    let broken = |report: Report| Failure::broken_lock(&shown, &report);
    match read_lock(&file, &shown).map_err(broken)? {
        Some(text) => Ok(parse_lock(&text, &shown).map_err(broken)?.file),
        None => Err(Failure::file("the other lock", FileVerb::Read, &file, &ErrorKind::NotFound.into())),
    }
}
