//! Lets one process at a time change a lock.
//!
//! The guard is a lock of the operating system on a file of its own, which says who holds it. The system takes the lock away from a process
//! that ends, however it ends, so a file that was left behind holds nobody up; the next holder takes it over and removes it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::{Class, Failure, FileVerb, LOCK_HELD, LOCK_LINK};

/// The file that is locked. `keyway.lock` itself cannot be: it is replaced while it is held.
const FILE: &str = ".keyway.lock.guard";
/// How often a process that waits looks again.
const LOOK: Duration = Duration::from_millis(20);
/// As much of the file as says who holds it.
const LONGEST: u64 = 300;

/// The right to change the lock in one folder, until it is dropped.
#[derive(Debug)]
pub(super) struct Guard {
    path: PathBuf,
    /// Closing it gives the lock back.
    _file: File,
}

impl Guard {
    /// Takes the guard of a folder, and waits for it as long as `patience`.
    pub(super) fn take(folder: &Path, shown_as: &str, purpose: &str, patience: Duration) -> Result<Self, Failure> {
        let path = folder.join(FILE);
        let failed = |error: &io::Error| Failure::file("the guard of the lock", FileVerb::Written, &path, error);
        refuse_link(&path)?;
        let begun = Instant::now();
        loop {
            let mut file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(&path)
                .map_err(|error| failed(&error))?;
            match file.try_lock() {
                Ok(()) if is_still(&file, &path) => {
                    sign(&mut file, purpose).map_err(|error| failed(&error))?;
                    return Ok(Self { path, _file: file });
                }
                // The one who held it has removed it: there may be another one by now.
                Ok(()) => {}
                Err(TryLockError::WouldBlock) if begun.elapsed() < patience => thread::sleep(LOOK),
                Err(TryLockError::WouldBlock) => return Err(held(&mut file, shown_as, patience)),
                Err(TryLockError::Error(error)) => return Err(failed(&error)),
            }
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // Where a locked file is not known again (see `is_still`), it has to stay.
        if cfg!(unix) {
            // Removed while it is still held: who waits for it sees that it is gone, and takes another one.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Whether the file that is locked is the one that others find at its path.
#[cfg(unix)]
fn is_still(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;

    let identity = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
    let (Ok(own), Ok(found)) = (file.metadata().map(identity), fs::symlink_metadata(path).map(identity)) else { return false };
    own == found
}

/// Nobody removes it here.
#[cfg(not(unix))]
fn is_still(_: &File, _: &Path) -> bool {
    true
}

/// How the guard of a folder stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum GuardStanding {
    /// Nobody holds it.
    Free,
    /// Somebody holds it: who.
    Held(String),
    /// Nobody holds it, and somebody has left its file: where, and who.
    Left(PathBuf, String),
}

/// How the guard of a folder stands now. Nothing is written, and nobody is kept from it for longer than the look takes.
pub(super) fn standing(folder: &Path) -> Result<GuardStanding, Failure> {
    let path = folder.join(FILE);
    refuse_link(&path)?;
    let failed = |error: &io::Error| Failure::file("the guard of the lock", FileVerb::Read, &path, error);
    let opened = fs::symlink_metadata(&path).and_then(|metadata| match metadata.is_file() {
        true => File::open(&path),
        // To open a pipe is to wait.
        false => Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a file")),
    });
    let mut file = match opened {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(GuardStanding::Free),
        Err(error) => return Err(failed(&error)),
    };
    match file.try_lock_shared() {
        // Elsewhere the file stays, and tells nothing.
        Ok(()) if cfg!(unix) && is_still(&file, &path) => {
            let holder = holder(&mut file);
            Ok(GuardStanding::Left(path, holder))
        }
        Ok(()) => Ok(GuardStanding::Free),
        Err(TryLockError::WouldBlock) => Ok(GuardStanding::Held(holder(&mut file))),
        Err(TryLockError::Error(error)) => Err(failed(&error)),
    }
}

fn refuse_link(path: &Path) -> Result<(), Failure> {
    if !path.is_symlink() {
        return Ok(());
    }
    let message = format!("`{}` is a symbolic link, and is not followed", path.display());
    Err(Failure::new(Class::Lock, LOCK_LINK, message).help("remove it"))
}

fn sign(file: &mut File, purpose: &str) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    write!(file, "`{purpose}`, process {}", std::process::id())
}

/// Who has written his name into the file.
fn holder(file: &mut File) -> String {
    let mut holder = String::new();
    // Some systems let nobody read what another holds.
    let known =
        file.take(LONGEST).read_to_string(&mut holder).is_ok() && !holder.is_empty() && !holder.contains(char::is_control);
    if known { holder } else { "another process".to_owned() }
}

fn held(file: &mut File, shown_as: &str, patience: Duration) -> Failure {
    let holder = holder(file);
    let message = format!("`{shown_as}` is being changed by {holder}, since more than {} seconds", patience.as_secs());
    Failure::new(Class::Lock, LOCK_HELD, message).help("wait until it has ended, or end it, and run this again")
}
