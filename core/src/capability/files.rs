//! Files within the scopes of a grant.
//!
//! Paths are relative, written with `/`, and name a folder that the host has mounted first: `content/about.md` is `about.md` in the
//! folder that the host mounted as `content`. Absolute paths, `..`, and links that lead out of the granted scope are refused.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::SystemTime;

use keyway_manifest::shown_text;

use super::{Denied, OverLimit};

/// Does the file work for one plugin, within its grants; the host provides it.
///
/// Every method checks the path against the grant first.
#[keyway::boundary]
pub trait FileSystem: Send + Sync {
    /// The whole content of a file.
    ///
    /// # Errors
    /// See [`FileError`].
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError>;
    /// The entries of a folder that the grant covers, sorted by name.
    ///
    /// # Errors
    /// See [`FileError`].
    fn list(&self, path: &str) -> Result<Vec<FileEntry>, FileError>;
    /// Size and time of a file or folder.
    ///
    /// # Errors
    /// See [`FileError`].
    fn metadata(&self, path: &str) -> Result<FileMetadata, FileError>;
    /// Creates or replaces a file; needs a grant of `filesystem.write`.
    ///
    /// # Errors
    /// See [`FileError`].
    fn write(&self, path: &str, content: &[u8]) -> Result<(), FileError>;
    /// Creates a folder and those above it; needs a grant of `filesystem.write`.
    ///
    /// # Errors
    /// See [`FileError`].
    fn create_folder(&self, path: &str) -> Result<(), FileError>;
    /// Deletes a file; needs a grant of `filesystem.write`.
    ///
    /// # Errors
    /// See [`FileError`].
    fn remove(&self, path: &str) -> Result<(), FileError>;
}

/// One entry of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileEntry {
    /// The whole path, as the other methods take it.
    pub path: String,
    /// Whether it is a folder, or a link to one.
    pub is_folder: bool,
    /// Whether it is a link. What it leads to lies inside the grant, but may be a folder above: who follows links to folders while
    /// walking a tree may walk in a ring.
    pub is_link: bool,
    /// Size in bytes; 0 for a folder. Of a link it is that of what it leads to, and so is `modified`.
    pub len: u64,
    /// When it was last changed, if the file system knows. With this, whoever looks for changes in a folder lists it and opens nothing.
    pub modified: Option<SystemTime>,
}

/// Size and time of a file or folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileMetadata {
    /// Size in bytes; 0 for a folder.
    pub len: u64,
    /// When it was last changed, if the file system knows.
    pub modified: Option<SystemTime>,
    /// Whether it is a folder.
    pub is_folder: bool,
}

/// Why a file operation failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum FileError {
    /// The grant does not cover this path, or a link leads out of it.
    Denied(Denied),
    /// The plugin has as many files open as it may.
    OverLimit(OverLimit),
    /// The operating system refused or failed.
    Io {
        /// The path as asked for.
        path: String,
        /// What happened.
        error: io::Error,
    },
    /// The file is no UTF-8 text.
    NotUtf8 {
        /// The path as asked for.
        path: String,
        /// Offset of the first byte that is none, from 0.
        offset: usize,
    },
}

impl fmt::Display for FileError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied(denied) => denied.fmt(formatter),
            Self::OverLimit(over) => over.fmt(formatter),
            Self::Io { path, error } => write!(formatter, "`{}`: {error}", shown_text(path)),
            Self::NotUtf8 { path, offset } => {
                write!(formatter, "`{}` is no UTF-8 text: first bad byte at offset {offset}", shown_text(path))
            }
        }
    }
}

impl std::error::Error for FileError {}

/// The files that `filesystem.read` grants. Cloning is cheap.
#[derive(Clone)]
pub struct Files(Arc<dyn FileSystem>);

impl Files {
    pub(crate) fn new(system: Arc<dyn FileSystem>) -> Self {
        Self(system)
    }

    /// The whole content of a file.
    ///
    /// # Errors
    /// See [`FileError`].
    pub fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        self.0.read(path)
    }

    /// The whole content of a file as text.
    ///
    /// # Errors
    /// See [`FileError`].
    pub fn read_to_string(&self, path: &str) -> Result<String, FileError> {
        let bytes = self.0.read(path)?;
        String::from_utf8(bytes)
            .map_err(|error| FileError::NotUtf8 { path: path.to_owned(), offset: error.utf8_error().valid_up_to() })
    }

    /// The entries of a folder that the grant covers, sorted by name.
    ///
    /// # Errors
    /// See [`FileError`].
    pub fn list(&self, path: &str) -> Result<Vec<FileEntry>, FileError> {
        self.0.list(path)
    }

    /// Size and time of a file or folder.
    ///
    /// # Errors
    /// See [`FileError`].
    pub fn metadata(&self, path: &str) -> Result<FileMetadata, FileError> {
        self.0.metadata(path)
    }
}

/// The files that `filesystem.write` grants. It cannot read; take [`Files`] too for that. Cloning is cheap.
#[derive(Clone)]
pub struct FilesMut(Arc<dyn FileSystem>);

impl FilesMut {
    pub(crate) fn new(system: Arc<dyn FileSystem>) -> Self {
        Self(system)
    }

    /// Creates or replaces a file.
    ///
    /// # Errors
    /// See [`FileError`].
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) -> Result<(), FileError> {
        self.0.write(path, content.as_ref())
    }

    /// Creates a folder and those above it.
    ///
    /// # Errors
    /// See [`FileError`].
    pub fn create_folder(&self, path: &str) -> Result<(), FileError> {
        self.0.create_folder(path)
    }

    /// Deletes a file.
    ///
    /// # Errors
    /// See [`FileError`].
    pub fn remove(&self, path: &str) -> Result<(), FileError> {
        self.0.remove(path)
    }
}

impl fmt::Debug for Files {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Files")
    }
}

impl fmt::Debug for FilesMut {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("FilesMut")
    }
}
