//! Copies in memory that nobody can change once they are sealed: Linux's `memfd`.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsRawFd as _;
use std::path::PathBuf;

use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, fcntl_get_seals, memfd_create};
use rustix::io::Errno;

/// A copy that is being written.
pub(crate) struct Copy(File);

/// A copy that cannot be changed any more: not written, grown, shrunk, nor its seals taken away.
#[derive(Debug)]
pub(crate) struct Frozen(File);

impl Copy {
    /// Makes an empty copy. The name shows in `/proc/self/maps` and nowhere else.
    pub(crate) fn new(name: &str) -> io::Result<Self> {
        let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
        // The kernel takes at most 249 bytes, and a plugin's name is not worth an error.
        let name: String = name.chars().filter(|character| *character != '\0').take(60).collect();
        // Since 6.3 the kernel wants to know whether the file will be executed; older ones do not know the flag.
        match memfd_create(name.as_str(), flags | MemfdFlags::EXEC) {
            Err(Errno::INVAL) => memfd_create(name.as_str(), flags),
            outcome => outcome,
        }
        .map(|fd| Self(File::from(fd)))
        .map_err(io::Error::from)
    }

    /// Seals what was written.
    pub(crate) fn freeze(self) -> io::Result<Frozen> {
        let seals = SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL;
        fcntl_add_seals(&self.0, seals)?;
        if fcntl_get_seals(&self.0)?.contains(seals) {
            Ok(Frozen(self.0))
        } else {
            Err(io::Error::other("the kernel did not keep the seals"))
        }
    }
}

impl Write for Copy {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Frozen {
    pub(crate) const fn file(&self) -> &File {
        &self.0
    }

    /// The path under which this process, and no other, can open it.
    pub(crate) fn load_path(&self) -> PathBuf {
        PathBuf::from(format!("/proc/self/fd/{}", self.0.as_raw_fd()))
    }
}
