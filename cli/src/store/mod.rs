//! Where a host's lock is kept: the file is read whole, changed by one process at a time, and replaced whole or not at all.
//!
//! [`LockStore::edit`] is the only way to change it. Whoever is in it holds a lock of the operating system on a file beside `keyway.lock`
//! ([`guard`]); what is written is read back before it counts, and takes the place of the old file in one step ([`replace`]). A process
//! that is killed at any moment leaves the old file or the new one, and what it leaves beside it the next one clears away.

mod guard;
mod replace;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::time::Duration;

use keyway_manifest::lock::{LOCK_FILE, LockFile, ParsedLock, parse_lock, parse_lock_to_renew, read_lock};
use keyway_manifest::parse::Report;

use crate::failure::{Class, Failure, LOCK_BROKEN, LOCK_LINK};
use guard::Guard;
pub(crate) use guard::GuardStanding;

/// How long a command waits for another one that changes the same lock.
const PATIENCE: Duration = Duration::from_secs(10);

/// The lock of one host.
#[derive(Debug)]
pub(crate) struct LockStore {
    folder: PathBuf,
    shown_as: String,
    patience: Duration,
}

/// What became of an edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    /// There was no file; now there is.
    Made,
    /// The file is another one now.
    Changed,
    /// The file says that already.
    Unchanged,
}

impl LockStore {
    /// The lock in the folder of a host's Cargo.toml; `shown_as` is the file's name for messages.
    pub(crate) fn new(folder: &Path, shown_as: String) -> Self {
        Self { folder: folder.to_owned(), shown_as, patience: PATIENCE }
    }

    /// The path of the file, whether it is there or not.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.join(LOCK_FILE)
    }

    /// The file as messages name it.
    pub(crate) fn shown_as(&self) -> &str {
        &self.shown_as
    }

    /// Reads the lock; `None` when there is none. Needs no guard: the file is always a whole one.
    ///
    /// # Errors
    /// The file cannot be read, or everything that is wrong with it.
    pub(crate) fn read(&self) -> Result<Option<ParsedLock>, Failure> {
        self.parsed(parse_lock)
    }

    /// Reads the lock for who writes its start order anew: that order may then be wrong.
    ///
    /// # Errors
    /// The file cannot be read, or everything else that is wrong with it.
    pub(crate) fn read_to_renew(&self) -> Result<Option<ParsedLock>, Failure> {
        self.parsed(parse_lock_to_renew)
    }

    fn parsed(&self, parse: fn(&str, &str) -> Result<ParsedLock, Report>) -> Result<Option<ParsedLock>, Failure> {
        let text = read_lock(&self.path(), &self.shown_as);
        let parsed = text.and_then(|text| text.map(|text| parse(&text, &self.shown_as)).transpose());
        parsed.map_err(|report| Failure::broken_lock(&self.shown_as, &report))
    }

    /// Whether another process changes the lock now, or has left its guard behind.
    ///
    /// # Errors
    /// The guard cannot be read, or is a symbolic link.
    pub(crate) fn guard(&self) -> Result<GuardStanding, Failure> {
        guard::standing(&self.folder)
    }

    /// The new file that a process has left that was killed while it wrote; or that one is writing now, which holds the guard then.
    pub(crate) fn unfinished(&self) -> Option<PathBuf> {
        replace::unfinished(&self.folder)
    }

    /// Changes the lock: hands out what is there, and writes what comes back, unless that is the same text.
    ///
    /// `purpose` is what another process is told that has to wait for this one, for example `cargo keyway lock`. What `change` answers
    /// beside the lock is handed on.
    ///
    /// # Errors
    /// Another process changes the lock and does not end; the lock that is there cannot be read; what `change` says; the file is a symbolic
    /// link; or it cannot be written. The file is then as it was.
    pub(crate) fn edit<T>(
        &self,
        purpose: &str,
        change: impl FnOnce(Option<&ParsedLock>) -> Result<(LockFile, T), Failure>,
    ) -> Result<(Written, T), Failure> {
        self.refuse_link()?;
        let _guard = Guard::take(&self.folder, &self.shown_as, purpose, self.patience)?;
        replace::clear(&self.folder);
        let before = self.read_to_renew()?;
        let (lock, answer) = change(before.as_ref())?;
        let text = lock.to_text();
        self.read_back(&text, &lock)?;
        let written = match &before {
            Some(before) if before.is_canonical() && before.file == lock => return Ok((Written::Unchanged, answer)),
            Some(_) => Written::Changed,
            None => Written::Made,
        };
        replace::replace(&self.folder, LOCK_FILE, text.as_bytes()).map_err(|error| self.unwritable(&error))?;
        Ok((written, answer))
    }

    /// A lock that the next reader would refuse is not written.
    fn read_back(&self, text: &str, lock: &LockFile) -> Result<(), Failure> {
        match parse_lock(text, &self.shown_as) {
            Ok(parsed) if parsed.file == *lock => Ok(()),
            Ok(_) => {
                let message = format!("`{}` would not say what it is to say, so it was not written", self.shown_as);
                Err(Failure::new(Class::Lock, LOCK_BROKEN, message)
                    .help("report this with the command and the file that is there"))
            }
            Err(report) => {
                let message = format!("`{}` would have mistakes, so it was not written", self.shown_as);
                let failure = Failure::new(Class::Lock, LOCK_BROKEN, message).help("correct the arguments that are shown");
                Err(Failure { detail: report.to_string(), ..failure })
            }
        }
    }

    /// Replacing a link would leave its target as it is, and writing through it would not be one step.
    ///
    /// # Errors
    /// The file is a symbolic link.
    pub(crate) fn refuse_link(&self) -> Result<(), Failure> {
        let path = self.path();
        if !path.is_symlink() {
            return Ok(());
        }
        let target =
            std::fs::read_link(&path).map_or_else(|_| "elsewhere".to_owned(), |target| format!("`{}`", target.display()));
        let message = format!("`{}` is a symbolic link to {target}, and is not written", self.shown_as);
        Err(Failure::new(Class::Lock, LOCK_LINK, message)
            .help("put the file itself into the folder of the host's Cargo.toml: the build reads it there"))
    }

    fn unwritable(&self, error: &std::io::Error) -> Failure {
        Failure::file("the lock", crate::failure::FileVerb::Written, &self.path(), error)
    }
}
