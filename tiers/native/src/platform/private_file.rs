//! Copies for systems without sealed memory files: a read-only file in a folder for this user alone. Not run anywhere yet.
//!
//! Whoever runs as the same user could still change such a copy. The folder is removed when the copy is dropped.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;

/// A copy that is being written.
pub(crate) struct Copy {
    file: File,
    folder: Folder,
    path: PathBuf,
}

/// A copy that this module never writes to again.
#[derive(Debug)]
pub(crate) struct Frozen {
    // Closed before the folder is removed.
    file: File,
    path: PathBuf,
    _folder: Folder,
}

/// A folder for this user alone, removed with what it holds.
#[derive(Debug)]
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // What a system does not let go of while it is loaded stays until it cleans its temporary folder.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Copy {
    pub(crate) fn new(name: &str) -> io::Result<Self> {
        let folder = Folder(new_folder()?);
        let name: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')).take(60).collect();
        let path = folder.0.join(if name.trim_matches('.').is_empty() { "plugin".to_owned() } else { name });
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path)?;
        Ok(Self { file, folder, path })
    }

    pub(crate) fn freeze(self) -> io::Result<Frozen> {
        self.file.sync_all()?;
        let mut permissions = self.file.metadata()?.permissions();
        permissions.set_readonly(true);
        std::fs::set_permissions(&self.path, permissions)?;
        // The handle that could write is closed.
        let file = File::open(&self.path)?;
        Ok(Frozen { file, path: self.path, _folder: self.folder })
    }
}

impl Write for Copy {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Frozen {
    pub(crate) const fn file(&self) -> &File {
        &self.file
    }

    pub(crate) fn load_path(&self) -> PathBuf {
        self.path.clone()
    }
}

/// Makes a folder with a name that nobody can guess; one that is there already is never used.
fn new_folder() -> io::Result<PathBuf> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|_| io::Error::other("the system gives no random numbers"))?;
    let path = std::env::temp_dir().join(format!("keyway-{:032x}", u128::from_le_bytes(random)));
    #[cfg_attr(not(unix), expect(unused_mut, reason = "only Unix has modes to set"))]
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&path)?;
    Ok(path)
}
