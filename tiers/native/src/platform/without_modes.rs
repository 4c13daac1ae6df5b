//! Opening folders and files where the standard library tells neither owners nor modes, as on Windows. Not run anywhere yet.
//!
//! Links are refused as they are seen, but nothing keeps somebody who may write to the folder from putting one there a moment later.
//! What counts is checked on the copy that was made.

use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use super::Step;
use crate::file::{Facts, Kind, Stamp};

/// A folder, known by its path.
pub(crate) type Handle = PathBuf;

/// Unknown here.
pub(crate) const fn this_user() -> Option<u32> {
    None
}

/// The prefix of a path, for example `C:\`.
pub(crate) fn root(path: &Path) -> io::Result<(PathBuf, Handle, Facts)> {
    let root: PathBuf = path.components().take_while(|part| matches!(part, Component::Prefix(_) | Component::RootDir)).collect();
    let facts = facts_of(&root.metadata()?);
    Ok((root.clone(), root, facts))
}

/// Tells what stands in a folder under a name.
pub(crate) fn step(folder: &Handle, name: &OsStr) -> io::Result<Step> {
    let path = folder.join(name);
    let facts = facts_of(&path.symlink_metadata()?);
    match facts.kind {
        Kind::Folder => Ok(Step::Folder(path, facts)),
        Kind::Link => Ok(Step::Link(facts, path.read_link()?)),
        Kind::File | Kind::Pipe | Kind::Socket | Kind::Device => Ok(Step::Other(facts)),
    }
}

/// Tells what stands in a folder under a name.
pub(crate) fn facts(folder: &Handle, name: &OsStr) -> io::Result<Facts> {
    folder.join(name).symlink_metadata().map(|metadata| facts_of(&metadata))
}

/// Opens a file for reading.
pub(crate) fn open(folder: &Handle, name: &OsStr) -> io::Result<(File, Facts)> {
    let before = facts(folder, name)?;
    if before.kind == Kind::Link {
        return Err(io::Error::other("it is a link"));
    }
    let file = File::open(folder.join(name))?;
    let facts = facts_of(&file.metadata()?);
    Ok((file, facts))
}

/// The names in a folder, sorted.
pub(crate) fn names(folder: &Handle) -> io::Result<Vec<OsString>> {
    let mut names = folder.read_dir()?.map(|entry| entry.map(|entry| entry.file_name())).collect::<io::Result<Vec<_>>>()?;
    names.sort();
    Ok(names)
}

/// Reads from a place in a file.
#[cfg(windows)]
pub(crate) fn read_at(file: &File, bytes: &mut [u8], position: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, bytes, position)
}

/// What the system says of an opened file's content.
pub(crate) fn stamp(file: &File) -> io::Result<Stamp> {
    file.metadata().map(|metadata| facts_of(&metadata).stamp)
}

/// Folders cannot be synchronised here; a rename is as durable as the system makes it.
#[expect(clippy::unnecessary_wraps, reason = "Unix can fail")]
pub(crate) fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

fn facts_of(metadata: &Metadata) -> Facts {
    let kind = match metadata.file_type() {
        kind if kind.is_file() => Kind::File,
        kind if kind.is_dir() => Kind::Folder,
        kind if kind.is_symlink() => Kind::Link,
        _ => Kind::Device,
    };
    let modified = since_1970(metadata.modified());
    let stamp = Stamp { device: 0, inode: 0, len: metadata.len(), modified, changed: since_1970(metadata.created()) };
    Facts { kind, access: None, names: 1, stamp }
}

fn since_1970(time: io::Result<SystemTime>) -> (i64, i64) {
    let Ok(Ok(past)) = time.map(|time| time.duration_since(UNIX_EPOCH)) else { return (0, 0) };
    (i64::try_from(past.as_secs()).unwrap_or(i64::MAX), i64::from(past.subsec_nanos()))
}
