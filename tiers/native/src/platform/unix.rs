//! Opening folders and files step by step, never through a link, on Unix.

use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::{FileExt as _, FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{Dir, Mode, OFlags, openat, readlinkat};

use super::Step;
use crate::file::{Access, Facts, Kind, Stamp};

/// An opened folder, through which entries are looked up whatever happens to its path.
pub(crate) type Handle = File;

/// How a name is opened to learn what it is: on Linux without any effect on a pipe or a device, and without the right to read.
#[cfg(any(target_os = "linux", target_os = "android"))]
const LOOK: OFlags = OFlags::PATH.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const LOOK: OFlags = OFlags::NONBLOCK.union(OFlags::NOCTTY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// The user whose rights this process has.
#[expect(clippy::unnecessary_wraps, reason = "other systems have no number for it")]
pub(crate) fn this_user() -> Option<u32> {
    Some(rustix::process::geteuid().as_raw())
}

/// Opens the folder that all paths begin with.
pub(crate) fn root(_path: &Path) -> io::Result<(PathBuf, Handle, Facts)> {
    let folder = File::from(openat(rustix::fs::CWD, "/", LOOK | OFlags::DIRECTORY, Mode::empty())?);
    let facts = facts_of(&folder.metadata()?);
    Ok((PathBuf::from("/"), folder, facts))
}

/// Opens what stands in a folder under a name, if it is a folder, and tells what it is if not.
pub(crate) fn step(folder: &Handle, name: &OsStr) -> io::Result<Step> {
    let found = match openat(folder, name, LOOK, Mode::empty()) {
        Ok(fd) => File::from(fd),
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        Err(rustix::io::Errno::LOOP) => return link_by_name(folder, name),
        Err(problem) => return Err(problem.into()),
    };
    let facts = facts_of(&found.metadata()?);
    match facts.kind {
        Kind::Folder => Ok(Step::Folder(found, facts)),
        Kind::Link => {
            let target = readlinkat(&found, "", Vec::new())?;
            Ok(Step::Link(facts, PathBuf::from(OsString::from_vec(target.into_bytes()))))
        }
        Kind::File | Kind::Pipe | Kind::Socket | Kind::Device => Ok(Step::Other(facts)),
    }
}

/// A link that cannot be opened itself; its facts are those of its entry.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn link_by_name(folder: &Handle, name: &OsStr) -> io::Result<Step> {
    let stat = rustix::fs::statat(folder, name, rustix::fs::AtFlags::SYMLINK_NOFOLLOW)?;
    let stamp = Stamp { device: 0, inode: 0, len: 0, modified: (0, 0), changed: (0, 0) };
    let access = Some(Access { mode: 0o777 & u32::from(stat.st_mode), owner: stat.st_uid });
    let target = readlinkat(folder, name, Vec::new())?;
    let facts = Facts { kind: Kind::Link, access, names: 1, stamp };
    Ok(Step::Link(facts, PathBuf::from(OsString::from_vec(target.into_bytes()))))
}

/// Tells what stands in a folder under a name.
pub(crate) fn facts(folder: &Handle, name: &OsStr) -> io::Result<Facts> {
    Ok(match step(folder, name)? {
        Step::Folder(_, facts) | Step::Link(facts, _) | Step::Other(facts) => facts,
    })
}

/// Opens a file for reading. A link is an error, and a pipe does not make this wait.
pub(crate) fn open(folder: &Handle, name: &OsStr) -> io::Result<(File, Facts)> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = File::from(openat(folder, name, flags, Mode::empty())?);
    let facts = facts_of(&file.metadata()?);
    Ok((file, facts))
}

/// The names in a folder, sorted, without `.` and `..`.
pub(crate) fn names(folder: &Handle) -> io::Result<Vec<OsString>> {
    let readable: OwnedFd = openat(folder, ".", OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
    let mut names = Vec::new();
    for entry in Dir::new(readable)? {
        let name = OsStr::from_bytes(entry?.file_name().to_bytes()).to_owned();
        if name != "." && name != ".." {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// Reads from a place in a file, whatever others read from it.
pub(crate) fn read_at(file: &File, bytes: &mut [u8], position: u64) -> io::Result<usize> {
    file.read_at(bytes, position)
}

/// What the system says of an opened file's content.
pub(crate) fn stamp(file: &File) -> io::Result<Stamp> {
    file.metadata().map(|metadata| facts_of(&metadata).stamp)
}

/// Has the disk keep the names in a folder.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn facts_of(metadata: &Metadata) -> Facts {
    let kind = metadata.file_type();
    let kind = if kind.is_file() {
        Kind::File
    } else if kind.is_dir() {
        Kind::Folder
    } else if kind.is_symlink() {
        Kind::Link
    } else if kind.is_fifo() {
        Kind::Pipe
    } else if kind.is_socket() {
        Kind::Socket
    } else {
        Kind::Device
    };
    Facts {
        kind,
        access: Some(Access { mode: metadata.mode(), owner: metadata.uid() }),
        names: metadata.nlink(),
        stamp: Stamp {
            device: metadata.dev(),
            inode: metadata.ino(),
            len: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        },
    }
}
