//! Opens a resolved path inside a mounted folder, so that nobody can put a link in its way.
//!
//! The path is walked folder by folder; after each step the opened object is compared with the entry of that name, so that a link put
//! there since the path was resolved is noticed and refused. The comparison needs device and inode numbers, so it is made on Unix
//! only; elsewhere a program that may write to the mounted folder could win that race and have a plugin read another file of the same
//! mounted folder. What lies outside the mounted folder is out of reach everywhere.

use std::ffi::OsStr;
use std::io;
use std::path::{Component, Path};

use cap_std::fs::{Dir, File, Metadata, OpenOptions};

/// What a resolved path leads to.
pub(super) enum Opened {
    File(File, Metadata),
    Folder(Dir, Metadata),
}

/// A relative path as text with `/` between its segments; `None` when it is no UTF-8 or goes up.
pub(super) fn slashed(path: &Path) -> Option<String> {
    let mut text = String::new();
    for component in path.components() {
        let Component::Normal(segment) = component else {
            if component == Component::CurDir {
                continue;
            }
            return None;
        };
        if !text.is_empty() {
            text.push('/');
        }
        text.push_str(segment.to_str()?);
    }
    Some(text)
}

/// Opens a path that holds no links, one segment after the other, and refuses a segment that is a link now.
pub(super) fn walk(root: &Dir, path: &Path) -> io::Result<Opened> {
    let mut folder = root.try_clone()?;
    let mut metadata = folder.dir_metadata()?;
    let mut segments = path.components().map(Component::as_os_str).peekable();
    while let Some(segment) = segments.next() {
        if segments.peek().is_none() && !folder.symlink_metadata(segment)?.is_dir() {
            let file = open_file(&folder, segment)?;
            let metadata = file.metadata()?;
            verify(&folder, segment, &metadata)?;
            return Ok(Opened::File(file, metadata));
        }
        let next = folder.open_dir(segment)?;
        metadata = next.dir_metadata()?;
        verify(&folder, segment, &metadata)?;
        folder = next;
    }
    Ok(Opened::Folder(folder, metadata))
}

fn open_file(folder: &Dir, name: &OsStr) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    // A pipe put where a file was would otherwise block the opening thread until somebody writes to it.
    if !folder.symlink_metadata(name)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is neither a file nor a folder"));
    }
    folder.open_with(name, &options)
}

/// Fails unless what was opened is what stands in the folder under that name, and no link.
#[cfg(unix)]
fn verify(folder: &Dir, name: &OsStr, opened: &Metadata) -> io::Result<()> {
    use cap_std::fs::MetadataExt;
    let entry = folder.symlink_metadata(name)?;
    if (entry.dev(), entry.ino()) == (opened.dev(), opened.ino()) { Ok(()) } else { Err(io::Error::other(Swapped)) }
}

#[cfg(not(unix))]
fn verify(folder: &Dir, name: &OsStr, _opened: &Metadata) -> io::Result<()> {
    if folder.symlink_metadata(name)?.is_symlink() { Err(io::Error::other(Swapped)) } else { Ok(()) }
}

/// A folder or file was replaced while it was being opened.
#[derive(Debug)]
pub(super) struct Swapped;

impl std::fmt::Display for Swapped {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("it was replaced while it was being opened")
    }
}

impl std::error::Error for Swapped {}
