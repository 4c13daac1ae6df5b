//! The files of a new package, written all or none.

use std::io;
use std::path::{Path, PathBuf};

use crate::failure::{Class, Failure, FileVerb, NOT_EMPTY};

/// Files to be written, by their paths in a folder that is to be new.
#[derive(Debug)]
pub(crate) struct Files {
    folder: PathBuf,
    files: Vec<(String, String)>,
}

impl Files {
    /// No files yet, in a folder that does not exist or is empty.
    ///
    /// # Errors
    /// There is something in it.
    pub(crate) fn in_new(folder: &Path) -> Result<Self, Failure> {
        let refused = |message: String| {
            Err(Failure::new(Class::Arguments, NOT_EMPTY, message).help("choose another folder with `--path`, or empty this one"))
        };
        match std::fs::read_dir(folder) {
            Ok(mut entries) => match entries.next() {
                None => {}
                Some(_) => return refused(format!("the folder `{}` is not empty", folder.display())),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                return refused(format!("`{}` is no folder", folder.display()));
            }
            Err(error) => return Err(Failure::file("the folder", FileVerb::Read, folder, &error)),
        }
        Ok(Self { folder: folder.to_owned(), files: Vec::new() })
    }

    /// The folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Adds a file.
    pub(crate) fn add(&mut self, path: impl Into<String>, text: String) {
        self.files.push((path.into(), text));
    }

    /// The paths of the files, sorted.
    pub(crate) fn paths(&self) -> Vec<String> {
        let mut paths: Vec<String> = self.files.iter().map(|(path, _)| path.clone()).collect();
        paths.sort();
        paths
    }

    /// Writes all files. When one cannot be written, those before it are removed again.
    ///
    /// # Errors
    /// Which one, and why.
    pub(crate) fn write(&self) -> Result<(), Failure> {
        let was_there = self.folder.is_dir();
        for (path, text) in &self.files {
            let file = self.folder.join(path);
            let folder = file.parent().unwrap_or(&self.folder);
            if let Err(error) = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&file, text)) {
                self.take_back(was_there);
                return Err(Failure::file("the file", FileVerb::Written, &file, &error));
            }
        }
        Ok(())
    }

    /// Removes what was written.
    pub(crate) fn take_back(&self, keep_folder: bool) {
        // The folder was new or empty, so all that is in it is ours; what cannot be removed is told by the failure that led here.
        let _ = std::fs::remove_dir_all(&self.folder);
        if keep_folder {
            let _ = std::fs::create_dir(&self.folder);
        }
    }
}
