//! The folder in which a host keeps its data: made when it is first needed, and held by one host at a time.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use keyway_manifest::{shell_word, shown};

use crate::host::failure::Problem;

/// The name of the file whose lock tells other hosts that the folder is taken.
const LOCK_FILE: &str = "in-use.lock";

/// The data folder of a host. Nothing is created before something is to be kept.
#[derive(Debug)]
pub(in crate::host) struct DataFolder {
    path: Option<PathBuf>,
    /// The locked file, once the folder is in use. Closing it gives the folder free, however the process ends.
    lock: Mutex<Option<File>>,
}

impl DataFolder {
    /// Remembers the path; `None` when neither the program nor the operator named one.
    pub(in crate::host) fn new(path: Option<PathBuf>) -> Self {
        // Absolute, so that a change of the working folder does not move it; where that is unknown the path stays as it is.
        let path = path.map(|path| std::path::absolute(&path).unwrap_or(path));
        Self { path, lock: Mutex::new(None) }
    }

    /// Whether one was named.
    pub(in crate::host) const fn is_named(&self) -> bool {
        self.path.is_some()
    }

    /// The path that was named; nothing is made.
    ///
    /// # Errors
    /// KW0680 when there is none.
    pub(in crate::host) fn require_named(&self) -> Result<&Path, Problem> {
        self.path.as_deref().ok_or_else(|| {
            Problem::new(
                "KW0680",
                "the host has no data folder",
                "add `.data_folder(\"path/of/the/folder\")` to `Host::builder`, or set `data-folder` in `[host]` of the configuration",
            )
        })
    }

    /// Whether another process holds the folder at this moment, so that whoever starts on it is told once, and before any plugin runs.
    /// Nothing is made, and nothing is held. A host of this process may be about to let go of it: that shows at the first use.
    ///
    /// # Errors
    /// KW0681 when another process holds it.
    pub(in crate::host) fn check_free(&self) -> Result<(), Problem> {
        match self.path.as_deref().filter(|path| path.join(LOCK_FILE).exists()).map(take) {
            Some(Err(Refused { problem, holder: Some(Holder::OtherProcess) })) => Err(problem),
            // What else stands against its use is told where it is used.
            _ => Ok(()),
        }
    }

    /// The folder, made and locked when this is the first use. May block on the disk for a moment.
    ///
    /// # Errors
    /// KW0680 when no folder was named, KW0681 when another host holds it, KW0682 when it cannot be used.
    pub(in crate::host) fn open(&self) -> Result<&Path, Problem> {
        let path = self.require_named()?;
        let mut lock = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        if lock.is_none() {
            make(path)?;
            *lock = Some(take(path).map_err(|refused| refused.problem)?);
        }
        Ok(path)
    }
}

/// Makes the folder for this user alone, or finds it there.
fn make(path: &Path) -> Result<(), Problem> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|error| unusable(path, &error))?;
    #[cfg(unix)]
    {
        let metadata = std::fs::metadata(path).map_err(|error| unusable(path, &error))?;
        let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions());
        if mode & 0o002 != 0 {
            let message = format!("the data folder `{}` can be written by every user (mode {:o})", shown(path), mode & 0o7777);
            let help =
                shell_word(path).map_or_else(|| "take their right away".to_owned(), |path| format!("run `chmod 700 {path}`"));
            return Err(Problem::new("KW0682", message, help));
        }
    }
    Ok(())
}

/// Why a folder could not be locked.
struct Refused {
    problem: Problem,
    /// Who has it, when somebody has.
    holder: Option<Holder>,
}

/// Who holds the lock of a folder.
enum Holder {
    ThisProcess,
    OtherProcess,
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self { problem, holder: None }
    }
}

/// Locks the folder for this host.
fn take(path: &Path) -> Result<File, Refused> {
    let name = path.join(LOCK_FILE);
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&name).map_err(|error| unusable(path, &error))?;
    match file.try_lock() {
        Ok(()) => {
            // The number only helps whoever reads the refusal; the lock itself counts.
            let noted = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| writeln!(file, "{}", std::process::id()));
            noted.map_err(|error| unusable(path, &error))?;
            Ok(file)
        }
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            let (holder, name) = match file.read_to_string(&mut holder).map(|_| holder.trim().parse::<u32>()) {
                Ok(Ok(id)) if id == std::process::id() => (Holder::ThisProcess, "another host of this process".to_owned()),
                Ok(Ok(id)) => (Holder::OtherProcess, format!("process {id}")),
                _ => (Holder::OtherProcess, "another process".to_owned()),
            };
            let message = format!("the data folder `{}` is in use by {name}", shown(path));
            let problem = Problem::new("KW0681", message, "stop the other host, or give this one a folder of its own");
            Err(Refused { problem, holder: Some(holder) })
        }
        Err(TryLockError::Error(error)) => Err(unusable(path, &error).into()),
    }
}

fn unusable(path: &Path, error: &io::Error) -> Problem {
    let message = format!("the data folder `{}` cannot be used: {error}", shown(path));
    Problem::new("KW0682", message, "correct the path, or give the user that runs the host the right to write there")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn free_path(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("keyway-folder-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        path
    }

    #[test]
    fn nothing_is_made_before_the_first_use_and_then_for_one_user() {
        let path = free_path("first-use").join("deep");
        let folder = DataFolder::new(Some(path.clone()));
        assert!(!path.exists());
        assert_eq!(folder.open().unwrap(), path);
        assert_eq!(folder.open().unwrap(), path, "a second use finds it open");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o700);
            assert_eq!(std::fs::metadata(path.join(LOCK_FILE)).unwrap().permissions().mode() & 0o7777, 0o600);
        }
        std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
    }

    #[test]
    fn one_host_at_a_time() {
        let path = free_path("one-host");
        let (first, second) = (DataFolder::new(Some(path.clone())), DataFolder::new(Some(path.clone())));
        first.open().unwrap();
        assert_eq!(
            second.open().unwrap_err().to_string(),
            format!(
                "KW0681 the data folder `{}` is in use by another host of this process\n  help: stop the other host, or give this one a folder of its own",
                path.display()
            )
        );
        drop(first);
        second.open().unwrap();
        std::fs::remove_dir_all(path).unwrap();
    }

    #[test]
    fn another_process_is_noticed_before_the_first_use() {
        let path = free_path("checked");
        let folder = DataFolder::new(Some(path.clone()));
        folder.check_free().unwrap();
        assert!(!path.exists(), "nothing is made");
        folder.open().unwrap();
        DataFolder::new(Some(path.clone())).check_free().unwrap();
        // What a process with another number leaves in the file.
        std::fs::write(path.join(LOCK_FILE), "1\n").unwrap();
        let problem = DataFolder::new(Some(path.clone())).check_free().unwrap_err();
        assert_eq!((problem.code(), problem.message().ends_with("is in use by process 1")), ("KW0681", true), "{problem}");
        drop(folder);
        DataFolder::new(Some(path.clone())).check_free().unwrap();
        std::fs::remove_dir_all(path).unwrap();
    }

    #[test]
    fn what_cannot_be_used_is_told_with_the_way_out() {
        assert_eq!(DataFolder::new(None).open().unwrap_err().code(), "KW0680");
        let file = free_path("file");
        std::fs::write(&file, "").unwrap();
        assert_eq!(DataFolder::new(Some(file.join("below"))).open().unwrap_err().code(), "KW0682");
        std::fs::remove_file(file).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let open = free_path("open-to-all");
            std::fs::create_dir(&open).unwrap();
            std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o777)).unwrap();
            let problem = DataFolder::new(Some(open.clone())).open().unwrap_err();
            assert_eq!((problem.code(), problem.help().starts_with("run `chmod 700 ")), ("KW0682", true));
            std::fs::remove_dir_all(open).unwrap();
        }
    }

    #[cfg(unix)]
    #[test]
    fn the_folder_is_told_in_one_line() {
        use std::os::unix::fs::PermissionsExt;
        let path = free_path("shown\nKW0000 all is well");
        let first = DataFolder::new(Some(path.clone()));
        first.open().unwrap();
        let in_use = DataFolder::new(Some(path.clone())).open().unwrap_err();
        drop(first);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o777)).unwrap();
        let open = DataFolder::new(Some(path.clone())).open().unwrap_err();
        std::fs::remove_dir_all(&path).unwrap();
        std::fs::write(&path, "").unwrap();
        let no_folder = DataFolder::new(Some(path.clone())).open().unwrap_err();
        std::fs::remove_file(&path).unwrap();
        for problem in [&in_use, &open, &no_folder] {
            assert!(problem.message().contains("-shown\\nKW0000 all is well` "), "{problem}");
            assert_eq!(problem.to_string().lines().count(), 2, "{problem}");
        }
        assert_eq!(open.help(), "take their right away", "there is no command that could be copied");
    }
}
