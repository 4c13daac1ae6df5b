//! What differs between operating systems: opening files without following links, and copies that nobody can change.
//!
//! Linux is where the native tier is proved. On macOS and the other Unixes folders are walked the same way, but there are no sealed memory
//! files: the copy is a read-only file in a folder for this user alone. On Windows there are no modes and owners to check either, so
//! who may write to a folder of plugins is for the operator to see to. **Neither has been run.**

#[cfg(any(target_os = "linux", target_os = "android"))]
mod memory_file;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod private_file;
#[cfg(unix)]
mod unix;
#[cfg(not(unix))]
mod without_modes;

#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) use memory_file::{Copy, Frozen};
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) use private_file::{Copy, Frozen};
#[cfg(unix)]
pub(crate) use unix::{Handle, facts, names, open, read_at, root, stamp, step, sync_folder, this_user};
#[cfg(not(unix))]
pub(crate) use without_modes::{Handle, facts, names, open, read_at, root, stamp, step, sync_folder, this_user};

use std::path::PathBuf;

use crate::file::Facts;

/// What a step from a folder to a name in it leads to.
pub(crate) enum Step {
    /// A folder, opened.
    Folder(Handle, Facts),
    /// A symbolic link, and what it names.
    Link(Facts, PathBuf),
    /// Anything else.
    Other(Facts),
}
