//! Replaces a file in one step: whoever reads it, at whatever moment, reads the old one or the new one, and so does who starts after the
//! power went off.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Where the new file is written before it takes the place of the old one. One name for all: only the holder of the guard writes it.
const NEW: &str = ".keyway.lock.new";

fn new_file(folder: &Path) -> PathBuf {
    folder.join(NEW)
}

/// What a process has left that was killed while it wrote.
pub(super) fn unfinished(folder: &Path) -> Option<PathBuf> {
    Some(new_file(folder)).filter(|file| file.symlink_metadata().is_ok())
}

/// Clears away what a process has left that was killed.
pub(super) fn clear(folder: &Path) {
    // When it cannot be removed, writing it anew says why.
    let _ = fs::remove_file(new_file(folder));
}

/// Writes the file, waits until it is on the disk, puts it in place of the file called `name`, and waits for that too. The permissions of
/// the old file are kept.
pub(super) fn replace(folder: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    let written = write_new(folder, name, content).and_then(|()| fs::rename(new_file(folder), folder.join(name)));
    if written.is_err() {
        clear(folder);
    }
    written.and_then(|()| sync_folder(folder))
}

fn write_new(folder: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    // Never through a file, or a link, that somebody else has put there.
    let mut file = OpenOptions::new().write(true).create_new(true).open(new_file(folder))?;
    if let Ok(old) = fs::metadata(folder.join(name)) {
        if old.permissions().readonly() {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it is read-only"));
        }
        file.set_permissions(old.permissions())?;
    }
    file.write_all(content)?;
    file.sync_all()
}

/// The renaming is in the folder, which is on the disk only once it is told so.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    match File::open(folder)?.sync_all() {
        // Some file systems know no such thing.
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => Ok(()),
        synced => synced,
    }
}

/// Folders cannot be opened for it here; the file system writes down the renaming itself.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
