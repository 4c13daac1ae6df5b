//! Which documents lie in a folder that somebody fills by hand.

use std::fmt;

use keyway::capability::{FileEntry, FileError, Files};

use crate::{StoredEntry, content_path};

/// Folders inside folders, beyond which nobody keeps documents.
pub const DEEPEST: usize = 32;

/// All files below a mounted folder, sorted by content path: their path below `mount`. What is hidden by a leading dot is left out. So is,
/// and `left_out` is told the path and why, what lies more than [`DEEPEST`] folders deep, a folder that cannot be listed or that is a
/// link, and a file with a name that no document can have.
///
/// # Errors
/// When the mounted folder itself cannot be listed.
pub fn entries(
    files: &Files,
    mount: &str,
    mut left_out: impl FnMut(&str, fmt::Arguments<'_>),
) -> Result<Vec<StoredEntry>, FileError> {
    let mut found = Vec::new();
    let mut folders = Vec::new();
    sort_in(files.list(mount)?, mount, &mut found, &mut folders, &mut left_out);
    while let Some(folder) = folders.pop() {
        let below = below(mount, &folder).unwrap_or_default();
        if below.matches('/').count() >= DEEPEST {
            left_out(below, format_args!("it lies more than {DEEPEST} folders deep"));
            continue;
        }
        match files.list(&folder) {
            Ok(entries) => sort_in(entries, mount, &mut found, &mut folders, &mut left_out),
            Err(error) => left_out(below, format_args!("{error}")),
        }
    }
    found.sort_by(|left, right| left.path.cmp(&right.path));
    Ok(found)
}

fn sort_in(
    entries: Vec<FileEntry>,
    mount: &str,
    found: &mut Vec<StoredEntry>,
    folders: &mut Vec<String>,
    left_out: &mut impl FnMut(&str, fmt::Arguments<'_>),
) {
    for entry in entries {
        let Some(path) = below(mount, &entry.path) else { continue };
        let name = path.rsplit('/').next().unwrap_or(path);
        if name.starts_with('.') {
            continue;
        }
        if entry.is_folder && entry.is_link {
            left_out(path, format_args!("it is a link to a folder, which could lead in a ring"));
        } else if let Some(problem) = content_path::existing_problem(path) {
            left_out(path, format_args!("{problem}"));
        } else if entry.is_folder {
            folders.push(entry.path);
        } else {
            found.push(StoredEntry { path: path.to_owned(), len: entry.len, modified: entry.modified });
        }
    }
}

fn below<'p>(mount: &str, path: &'p str) -> Option<&'p str> {
    path.strip_prefix(mount)?.strip_prefix('/')
}
