//! Which files are there.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use keyway::capability::{FileEntry, FileError};
use keyway::prelude::{Files, Logger};
use keyway_cms_sdk::{StoreError, StoredEntry, content_path};

use crate::MOUNT;

/// Folders inside folders, beyond which nobody keeps documents.
const DEEPEST: usize = 32;

/// The files of the mounted folder.
#[derive(Debug)]
pub(crate) struct Tree {
    files: Files,
    log: Logger,
    /// What was said to be left out, so that it is said once and not at each look.
    told: Mutex<BTreeSet<String>>,
}

/// Refuses a path so deep that no list would show it.
pub(crate) fn check_depth(path: &str) -> Result<(), StoreError> {
    if path.matches('/').count() <= DEEPEST {
        return Ok(());
    }
    Err(StoreError::InvalidPath { path: path.to_owned(), problem: "it lies more than 32 folders deep" })
}

impl Tree {
    pub(crate) fn new(files: Files, log: Logger) -> Self {
        Self { files, log, told: Mutex::default() }
    }

    /// All files, sorted by content path. What is hidden by a leading dot is left out; so is, with a line in the log, a folder that
    /// cannot be listed or that is a link, and a file with a name that no document can have.
    ///
    /// # Errors
    /// When the topmost folder cannot be listed.
    pub(crate) fn entries(&self) -> Result<Vec<StoredEntry>, FileError> {
        let mut found = Vec::new();
        let mut folders = Vec::new();
        self.sort_in(self.files.list(MOUNT)?, &mut found, &mut folders);
        while let Some(folder) = folders.pop() {
            if folder.matches('/').count() > DEEPEST {
                self.left_out(&folder, format_args!("it lies more than {DEEPEST} folders deep"));
                continue;
            }
            match self.files.list(&folder) {
                Ok(entries) => self.sort_in(entries, &mut found, &mut folders),
                Err(error) => self.left_out(&folder, format_args!("{error}")),
            }
        }
        found.sort_by(|left, right| left.path.cmp(&right.path));
        Ok(found)
    }

    fn sort_in(&self, entries: Vec<FileEntry>, found: &mut Vec<StoredEntry>, folders: &mut Vec<String>) {
        for entry in entries {
            let Some(path) = entry.path.strip_prefix(MOUNT).and_then(|below| below.strip_prefix('/')) else { continue };
            let name = path.rsplit('/').next().unwrap_or(path);
            if name.starts_with('.') {
                continue;
            }
            if entry.is_folder && entry.is_link {
                self.left_out(path, format_args!("it is a link to a folder, which could lead in a ring"));
            } else if let Some(problem) = content_path::existing_problem(path) {
                self.left_out(path, format_args!("{problem}"));
            } else if entry.is_folder {
                folders.push(entry.path);
            } else {
                found.push(StoredEntry { path: path.to_owned(), len: entry.len, modified: entry.modified });
            }
        }
    }

    fn left_out(&self, path: &str, why: std::fmt::Arguments<'_>) {
        if self.told.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned()) {
            self.log.warn(format_args!("`{}` is left out: {why}", path.escape_debug()));
        }
    }
}
