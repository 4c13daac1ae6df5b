//! Files within the grants of `filesystem.read` and `filesystem.write`.
//!
//! A path is checked as written, then resolved inside its mount with all links followed, and the place it leads to is checked again.
//! What is opened then is that resolved path, by [`walk`](super::walk).

use std::hash::{BuildHasher, RandomState};
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::SystemTime;

use cap_std::fs::{Dir, File, Metadata, OpenOptions};

use super::walk::{Opened, Swapped, slashed, walk};
use super::{Grants, World};
use crate::capability::{FileEntry, FileError, FileMetadata, FileSystem, Resource};
use crate::host::usage::{Account, Booking};

pub(super) const READ: &str = "filesystem.read";
pub(super) const WRITE: &str = "filesystem.write";

/// Files being written carry this prefix until they are complete; lists leave them out.
const UNFINISHED: &str = ".keyway-unfinished-";

/// The files that one plugin may use.
pub(in crate::host) struct ScopedFiles {
    grants: Arc<Grants>,
    world: Arc<World>,
    account: Arc<Account>,
}

impl ScopedFiles {
    pub(in crate::host) const fn new(grants: Arc<Grants>, world: Arc<World>, account: Arc<Account>) -> Self {
        Self { grants, world, account }
    }

    /// Books the file that an operation has open, until the answer is dropped.
    fn opening(&self) -> Result<Booking, FileError> {
        self.account.book(Resource::OpenFiles, 1).map_err(FileError::OverLimit)
    }

    /// Refuses a path that could mean something else than it says.
    fn check_form(&self, permission: &'static str, path: &str) -> Result<(), FileError> {
        let rule = if path.is_empty() {
            "the path is empty"
        } else if path.starts_with(['/', '\\']) {
            "absolute paths are not part of any grant"
        } else if path.contains(['\\', ':', '\0']) {
            "backslashes, colons and NUL are not part of any path; segments are divided by `/`"
        } else if path.split('/').any(|segment| segment == "..") {
            "`..` is not part of any path"
        } else if path.split('/').any(|segment| segment.is_empty() || segment == ".") {
            "empty segments and `.` are not part of any path"
        } else {
            return Ok(());
        };
        Err(FileError::Denied(self.grants.refuse(permission, path, rule)))
    }

    /// Opens what a path leads to, after links are followed, if the grant covers it by both names.
    fn open(&self, permission: &'static str, path: &str) -> Result<Opened, FileError> {
        self.check_form(permission, path)?;
        if !self.grants.covers(permission, path) {
            self.grants.check_folder(permission, path).map_err(FileError::Denied)?;
        }
        let (mount, rest) = path.split_once('/').unwrap_or((path, ""));
        let root = self.world.mounts.get(mount).map_err(|error| failed(path, error))?;
        if rest.is_empty() {
            let folder = root.try_clone().map_err(|error| failed(path, error))?;
            let metadata = folder.dir_metadata().map_err(|error| failed(path, error))?;
            return Ok(Opened::Folder(folder, metadata));
        }
        let target = self.resolve(permission, path, root, mount, rest)?;
        let opened = walk(root, Path::new(&target)).map_err(|error| self.explain(permission, path, error))?;
        // The name alone did not tell a file from a folder; now it is known which of the two rules holds.
        let place = format!("{mount}/{target}");
        match &opened {
            Opened::File(..) => {
                self.grants.check(permission, path).map_err(FileError::Denied)?;
                self.covers_target(permission, path, &place, self.grants.covers(permission, &place))?;
            }
            Opened::Folder(..) => {
                let is_covered = self.grants.covers(permission, &place) || self.grants.reaches_into(permission, &place);
                self.covers_target(permission, path, &place, is_covered)?;
            }
        }
        Ok(opened)
    }

    /// The path inside the mount to which `rest` leads once all links are followed, with `/` between segments.
    fn resolve(&self, permission: &'static str, path: &str, root: &Dir, mount: &str, rest: &str) -> Result<String, FileError> {
        let target = root.canonicalize(rest).map_err(|error| self.explain(permission, path, error))?;
        let Some(target) = slashed(&target) else {
            return Err(FileError::Denied(self.grants.refuse(permission, path, "it is a link to a name that is no UTF-8 text")));
        };
        // Said before anything is opened, so that a link is no way to learn what exists outside the grant.
        let place = format!("{mount}/{target}");
        let may_be_covered = self.grants.covers(permission, &place) || self.grants.reaches_into(permission, &place);
        self.covers_target(permission, path, &place, may_be_covered)?;
        Ok(target)
    }

    fn covers_target(&self, permission: &'static str, path: &str, place: &str, is_covered: bool) -> Result<(), FileError> {
        if is_covered {
            return Ok(());
        }
        let rule = if path == place {
            "it is a folder outside the grant".to_owned()
        } else {
            format!("it is a link to `{place}`, outside the grant")
        };
        Err(FileError::Denied(self.grants.refuse(permission, path, rule)))
    }

    /// Turns the refusal of a path that leads out of its mount into a denial; everything else stays an I/O error.
    fn explain(&self, permission: &'static str, path: &str, error: io::Error) -> FileError {
        // The library makes this error itself, without an error number of the operating system.
        let is_escape = error.kind() == io::ErrorKind::PermissionDenied && error.raw_os_error().is_none();
        if is_escape || error.get_ref().is_some_and(|inner| inner.is::<Swapped>()) {
            let rule = if is_escape { "it leads out of the mounted folder".to_owned() } else { error.to_string() };
            return FileError::Denied(self.grants.refuse(permission, path, rule));
        }
        failed(path, error)
    }

    /// The folder in which a file is to be written, and the file's name in it.
    fn open_parent<'p>(&self, path: &'p str) -> Result<(Dir, &'p str), FileError> {
        self.check_form(WRITE, path)?;
        self.grants.check(WRITE, path).map_err(FileError::Denied)?;
        let (parent, name) = path.rsplit_once('/').ok_or_else(|| {
            let rule = "it names the mounted folder itself; write below it";
            FileError::Denied(self.grants.refuse(WRITE, path, rule))
        })?;
        let (mount, rest) = parent.split_once('/').unwrap_or((parent, ""));
        let root = self.world.mounts.get(mount).map_err(|error| failed(path, error))?;
        if rest.is_empty() {
            return Ok((root.try_clone().map_err(|error| failed(path, error))?, name));
        }
        let target = root.canonicalize(rest).map_err(|error| self.explain(WRITE, path, error))?;
        let Some(target) = slashed(&target) else {
            return Err(FileError::Denied(self.grants.refuse(
                WRITE,
                path,
                "its folder is a link to a name that is no UTF-8 text",
            )));
        };
        let place = format!("{mount}/{target}/{name}");
        self.covers_target(WRITE, path, &place, self.grants.covers(WRITE, &place))?;
        match walk(root, Path::new(&target)).map_err(|error| self.explain(WRITE, path, error))? {
            Opened::Folder(folder, _) => Ok((folder, name)),
            Opened::File(..) => Err(failed(path, io::ErrorKind::NotADirectory.into())),
        }
    }

    /// Refuses to write or delete through a link.
    fn refuse_link(&self, folder: &Dir, name: &str, path: &str) -> Result<Option<Metadata>, FileError> {
        match folder.symlink_metadata(name) {
            Ok(metadata) if metadata.is_symlink() => {
                Err(FileError::Denied(self.grants.refuse(WRITE, path, "it is a link; files are not changed through links")))
            }
            Ok(metadata) => Ok(Some(metadata)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(path, error)),
        }
    }
}

impl FileSystem for ScopedFiles {
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        let _booked = self.opening()?;
        match self.open(READ, path)? {
            Opened::File(mut file, metadata) => {
                let mut content = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default().min(1 << 24));
                file.read_to_end(&mut content).map_err(|error| failed(path, error))?;
                Ok(content)
            }
            Opened::Folder(..) => Err(failed(path, io::ErrorKind::IsADirectory.into())),
        }
    }

    fn list(&self, path: &str) -> Result<Vec<FileEntry>, FileError> {
        let _booked = self.opening()?;
        let Opened::Folder(folder, _) = self.open(READ, path)? else {
            return Err(failed(path, io::ErrorKind::NotADirectory.into()));
        };
        let mut entries = Vec::new();
        for entry in folder.entries().map_err(|error| failed(path, error))? {
            let entry = entry.map_err(|error| failed(path, error))?;
            let name = entry.file_name();
            let Some(name) = name.to_str().filter(|name| !name.starts_with(UNFINISHED)) else { continue };
            let path = format!("{path}/{name}");
            // An entry that vanished, or whose kind cannot be told, is not there for the plugin.
            let Ok(metadata) = entry.metadata() else { continue };
            let is_link = metadata.is_symlink();
            let Some(metadata) = (if is_link { self.target_of_entry(&path) } else { Some(metadata) }) else { continue };
            let is_folder = metadata.is_dir();
            if self.grants.covers(READ, &path) || (is_folder && self.grants.reaches_into(READ, &path)) {
                let (len, modified) = (if is_folder { 0 } else { metadata.len() }, modified(&metadata));
                entries.push(FileEntry { path, is_folder, is_link, len, modified });
            }
        }
        entries.sort_by(|left, right| left.path.cmp(&right.path));
        Ok(entries)
    }

    fn metadata(&self, path: &str) -> Result<FileMetadata, FileError> {
        let _booked = self.opening()?;
        let (metadata, is_folder) = match self.open(READ, path)? {
            Opened::File(_, metadata) => (metadata, false),
            Opened::Folder(_, metadata) => (metadata, true),
        };
        let len = if is_folder { 0 } else { metadata.len() };
        Ok(FileMetadata { len, modified: modified(&metadata), is_folder })
    }

    fn write(&self, path: &str, content: &[u8]) -> Result<(), FileError> {
        let _booked = self.opening()?;
        let (folder, name) = self.open_parent(path)?;
        let former = self.refuse_link(&folder, name, path)?;
        if former.as_ref().is_some_and(Metadata::is_dir) {
            return Err(failed(path, io::ErrorKind::IsADirectory.into()));
        }
        let unfinished = unfinished_name();
        let file = folder
            .open_with(&unfinished, OpenOptions::new().write(true).create_new(true))
            .map_err(|error| failed(path, error))?;
        let written = fill(file, content, former).and_then(|()| folder.rename(&unfinished, &folder, name));
        written.map_err(|error| {
            // The first error is the one to tell; what is left over is named so that lists leave it out.
            let _ = folder.remove_file(&unfinished);
            failed(path, error)
        })
    }

    fn create_folder(&self, path: &str) -> Result<(), FileError> {
        let _booked = self.opening()?;
        self.check_form(WRITE, path)?;
        let mut made = String::new();
        for segment in path.split('/') {
            let is_mount = made.is_empty();
            if !is_mount {
                made.push('/');
            }
            made.push_str(segment);
            if is_mount {
                if made == path {
                    self.grants.check_folder(WRITE, path).map_err(FileError::Denied)?;
                    self.world.mounts.get(segment).map_err(|error| failed(path, error))?;
                }
                continue;
            }
            if !self.grants.covers(WRITE, &made) {
                self.grants.check_folder(WRITE, &made).map_err(FileError::Denied)?;
            }
            self.make_folder(&made).map_err(|error| match error {
                FileError::Io { error, .. } => failed(path, error),
                other => other,
            })?;
        }
        Ok(())
    }

    fn remove(&self, path: &str) -> Result<(), FileError> {
        let _booked = self.opening()?;
        let (folder, name) = self.open_parent(path)?;
        self.refuse_link(&folder, name, path)?;
        folder.remove_file(name).map_err(|error| failed(path, error))
    }
}

impl ScopedFiles {
    /// What a link leads to; `None` when it leads nowhere or out of the grant.
    fn target_of_entry(&self, path: &str) -> Option<Metadata> {
        let (mount, rest) = path.split_once('/')?;
        let root = self.world.mounts.get(mount).ok()?;
        let target = slashed(&root.canonicalize(rest).ok()?)?;
        let metadata = root.symlink_metadata(&target).ok()?;
        let place = format!("{mount}/{target}");
        (self.grants.covers(READ, &place) || (metadata.is_dir() && self.grants.reaches_into(READ, &place))).then_some(metadata)
    }

    /// Makes one folder whose parent exists, or finds it there.
    fn make_folder(&self, path: &str) -> Result<(), FileError> {
        let (mount, rest) = path.split_once('/').unwrap_or((path, ""));
        let root = self.world.mounts.get(mount).map_err(|error| failed(path, error))?;
        let (parent, name) = rest.rsplit_once('/').unwrap_or(("", rest));
        let folder = if parent.is_empty() {
            root.try_clone().map_err(|error| failed(path, error))?
        } else {
            let target = self.resolve(WRITE, path, root, mount, parent)?;
            match walk(root, Path::new(&target)).map_err(|error| self.explain(WRITE, path, error))? {
                Opened::Folder(folder, _) => folder,
                Opened::File(..) => return Err(failed(path, io::ErrorKind::NotADirectory.into())),
            }
        };
        match self.refuse_link(&folder, name, path)? {
            Some(metadata) if metadata.is_dir() => Ok(()),
            Some(_) => Err(failed(path, io::ErrorKind::NotADirectory.into())),
            None => match folder.create_dir(name) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(failed(path, error)),
                _ => Ok(()),
            },
        }
    }
}

fn modified(metadata: &Metadata) -> Option<SystemTime> {
    metadata.modified().ok().map(cap_std::time::SystemTime::into_std)
}

fn failed(path: &str, error: io::Error) -> FileError {
    FileError::Io { path: path.to_owned(), error }
}

/// A name for a file being written that no other write uses: another process may have the same number in another container, and may
/// have left files behind.
fn unfinished_name() -> String {
    static PROCESS: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(std::process::id()));
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("{UNFINISHED}{:016x}-{}", *PROCESS, NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Writes the whole content. A file that it is to replace hands its mode on, before there is anything to be read.
fn fill(mut file: File, content: &[u8], former: Option<Metadata>) -> io::Result<()> {
    if let Some(former) = former {
        file.set_permissions(former.permissions())?;
    }
    file.write_all(content)?;
    // Without this, a crash after the renaming could leave an empty file under the old name.
    file.sync_all()
}
