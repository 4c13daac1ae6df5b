//! The lock of a project as those commands see it that decide: brought up to date with the project, and changed in one step.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use keyway_manifest::lock::{LOCK_FILE, LockFile, parse_lock, read_lock};
use keyway_manifest::parse::Report;

use crate::commands::lock;
use crate::failure::{Failure, FileVerb};
use crate::project::{Project, host_folder};
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

/// Reads the lock of another project, and tells its file. A folder stands for the lock in it, or for that of the host in its workspace.
///
/// # Errors
/// It cannot be read, or has mistakes.
pub(crate) fn read_other(path: &Path) -> Result<(PathBuf, LockFile), Failure> {
    let file = if path.is_dir() { lock_in(path) } else { path.to_owned() };
    let shown = file.display().to_string();
    let broken = |report: Report| Failure::broken_lock(&shown, &report);
    match read_lock(&file, &shown).map_err(broken)? {
        Some(text) => {
            let lock = parse_lock(&text, &shown).map_err(broken)?.file;
            Ok((file, lock))
        }
        None => Err(Failure::file("the other lock", FileVerb::Read, &file, &ErrorKind::NotFound.into())
            .help(format!("name the file `{LOCK_FILE}` itself; it lies beside the Cargo.toml of the other host"))),
    }
}

/// The lock in a folder; when there is none, that of the one host whose Cargo.toml, or whose workspace, is there.
fn lock_in(folder: &Path) -> PathBuf {
    let own = folder.join(LOCK_FILE);
    if own.exists() || !folder.join("Cargo.toml").is_file() {
        return own;
    }
    let Ok(host) = host_folder(Some(folder), None) else { return own };
    // Named as the folder was, and not by the whole way to it.
    let way = std::path::absolute(folder).ok().and_then(|whole| Some(host.strip_prefix(whole).ok()?.to_owned()));
    way.map_or(host, |way| folder.join(way)).join(LOCK_FILE)
}
