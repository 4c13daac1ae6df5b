//! Who may do what with a file, where the system tells it.

use std::path::Path;

/// What the system says of a file or folder.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Access {
    pub(crate) is_folder: bool,
    /// Whether it is a file in the plain sense: neither a folder nor a pipe or a device.
    pub(crate) is_file: bool,
    /// The mode, as `chmod` takes it; 0 where there is none.
    pub(crate) mode: u32,
    /// Whether everybody may write to it. Of a folder in which everybody has files of his own (`/tmp`) see [`is_sticky`](Self::is_sticky).
    pub(crate) everybody_writes: bool,
    /// Whether everybody may put files into it, and take away only his own.
    pub(crate) is_sticky: bool,
    /// Whether somebody besides its owner may read it, or change it.
    pub(crate) others_read: bool,
    /// Whether not even its owner may write to it.
    pub(crate) is_read_only: bool,
    /// Its owner; `None` where the system has no numbers for users.
    pub(crate) owner: Option<u32>,
}

impl Access {
    /// What it says of a file or folder; `None` when there is none of that name. Links are followed.
    #[cfg(unix)]
    pub(crate) fn of(path: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;

        let metadata = std::fs::metadata(path).ok()?;
        let mode = metadata.mode() & 0o7777;
        let is_open = mode & 0o002 != 0;
        let is_sticky = metadata.is_dir() && is_open && mode & 0o1000 != 0;
        Some(Self {
            is_folder: metadata.is_dir(),
            is_file: metadata.is_file(),
            mode,
            everybody_writes: is_open && !is_sticky,
            is_sticky,
            others_read: mode & 0o077 != 0,
            is_read_only: metadata.permissions().readonly(),
            owner: Some(metadata.uid()),
        })
    }

    /// What it says of a file or folder; `None` when there is none of that name. Here nobody knows who else may write.
    #[cfg(not(unix))]
    pub(crate) fn of(path: &Path) -> Option<Self> {
        let metadata = std::fs::metadata(path).ok()?;
        let is_read_only = !metadata.is_dir() && metadata.permissions().readonly();
        Some(Self {
            is_folder: metadata.is_dir(),
            is_file: metadata.is_file(),
            mode: 0,
            everybody_writes: false,
            is_sticky: false,
            others_read: false,
            is_read_only,
            owner: None,
        })
    }
}
