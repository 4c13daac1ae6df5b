//! The lock of a project as those commands see it that decide: brought up to date with the project, and changed in one step.

use std::path::Path;

use keyway_manifest::lock::{LOCK_FILE, LockFile, parse_lock};

use crate::commands::lock;
use crate::failure::{Class, Failure, FileVerb, LOCK_BROKEN};
use crate::project::Project;
use crate::store::Written;

/// The lock as `cargo keyway lock` would write it now, with all decisions of the one that is there. Nothing is written.
///
/// # Errors
/// The lock that is there, or the project, cannot be read.
pub(crate) fn look(project: &Project) -> Result<LockFile, Failure> {
    let before = project.lock_store().read()?;
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
    let text = std::fs::read_to_string(&file).map_err(|error| Failure::file("the other lock", FileVerb::Read, &file, &error))?;
    let parsed = parse_lock(&text, &shown).map_err(|report| {
        let failure = Failure::new(Class::Lock, LOCK_BROKEN, format!("`{shown}` cannot be used")).help("mend what is shown");
        Failure { detail: report.to_string(), ..failure }
    })?;
    Ok(parsed.file)
}
