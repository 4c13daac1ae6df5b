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

    /// Writes all files. When one cannot be written, all that was made goes again.
    ///
    /// # Errors
    /// Which one, and why.
    pub(crate) fn write(&self) -> Result<Written, Failure> {
        // What is missing of the way there is made too.
        let first = self.folder.ancestors().take_while(|folder| folder.symlink_metadata().is_err()).last();
        let written = Written { made: first.map(Path::to_owned), within: self.folder.clone() };
        for (path, text) in &self.files {
            let file = self.folder.join(path);
            let folder = file.parent().unwrap_or(&self.folder);
            if let Err(error) = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&file, text)) {
                written.take_back();
                return Err(Failure::file("the file", FileVerb::Written, &file, &error));
            }
        }
        Ok(written)
    }
}

/// What was made to write files.
#[derive(Debug)]
pub(crate) struct Written {
    /// The topmost folder that is new; `None` when the folder was there, and empty.
    made: Option<PathBuf>,
    within: PathBuf,
}

impl Written {
    /// Removes it.
    pub(crate) fn take_back(&self) {
        // What cannot be removed is told by the failure that led here.
        if let Some(made) = &self.made {
            let _ = std::fs::remove_dir_all(made);
            return;
        }
        for entry in std::fs::read_dir(&self.within).into_iter().flatten().flatten() {
            let path = entry.path();
            let _ = if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
        }
    }
}
