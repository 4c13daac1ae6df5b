//! Reads a file that a build or a tool is told to read, whatever lies at its path: no pipe and no device is waited for, and nothing without
//! an end is taken into memory.

use std::fs::{File, OpenOptions};
use std::io::{Error, ErrorKind, Read, Result};
use std::path::Path;

/// Bytes that a text may have that Cargo or rustc judges: a Cargo.toml, a Cargo.lock, a source file.
pub const LARGEST_TEXT: usize = 64 << 20;

/// Reads a regular file of so many bytes at most. A symbolic link is followed.
///
/// # Errors
/// What the system says; or the file is a folder ([`ErrorKind::IsADirectory`]), no regular file ([`ErrorKind::Unsupported`]), or larger
/// ([`ErrorKind::FileTooLarge`]).
pub fn read_bounded(path: &Path, largest: usize) -> Result<Vec<u8>> {
    // To open a device can have effects, so what is no regular file is not opened as far as that can be known before.
    regular(&std::fs::metadata(path)?)?;
    let file = open(path)?;
    let metadata = file.metadata()?;
    regular(&metadata)?;
    let too_large = || Error::new(ErrorKind::FileTooLarge, format!("it is larger than {}", size(largest)));
    // A file can grow while it is read, and the files of the system say no length.
    if metadata.len() > largest as u64 {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    file.take(largest as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > largest { Err(too_large()) } else { Ok(bytes) }
}

/// Reads the text of a regular file of so many bytes at most. A symbolic link is followed.
///
/// # Errors
/// As [`read_bounded`]; or the file is not UTF-8 ([`ErrorKind::InvalidData`]).
pub fn read_bounded_text(path: &Path, largest: usize) -> Result<String> {
    String::from_utf8(read_bounded(path, largest)?).map_err(|error| {
        let (bytes, at) = (error.as_bytes(), error.utf8_error().valid_up_to());
        let line = bytes[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
        let byte = bytes.get(at).unwrap_or(&0);
        Error::new(ErrorKind::InvalidData, format!("it is not UTF-8: byte {byte:#04x} at offset {at}, line {line}"))
    })
}

fn regular(found: &std::fs::Metadata) -> Result<()> {
    if found.is_dir() {
        return Err(Error::new(ErrorKind::IsADirectory, "it is a folder"));
    }
    if !found.is_file() {
        return Err(Error::new(ErrorKind::Unsupported, "it is not a regular file"));
    }
    Ok(())
}

/// Opens a file for reading. Where a pipe has taken its place by now, this does not wait for somebody who writes into it.
fn open(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, DO_NOT_WAIT);
    options.open(path)
}

/// `O_NONBLOCK`, which the standard library does not name, where it is known: elsewhere the look before the opening has to do.
#[cfg(unix)]
const DO_NOT_WAIT: i32 = if cfg!(all(
    any(target_os = "linux", target_os = "android"),
    not(any(target_arch = "mips", target_arch = "mips64", target_arch = "sparc", target_arch = "sparc64"))
)) {
    0o4000
} else if cfg!(any(target_vendor = "apple", target_os = "freebsd", target_os = "netbsd", target_os = "openbsd")) {
    0x4
} else {
    0
};

fn size(bytes: usize) -> String {
    match bytes {
        bytes if bytes % (1 << 20) == 0 => format!("{} MiB", bytes >> 20),
        bytes if bytes % (1 << 10) == 0 => format!("{} KiB", bytes >> 10),
        bytes => format!("{bytes} bytes"),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::path::PathBuf;
    use std::process::Command;

    use super::*;

    /// A folder that is removed at the end.
    struct Folder(PathBuf);

    fn folder(name: &str) -> Folder {
        let folder = std::env::temp_dir().join(format!("keyway-bounded-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("a temporary folder can be made");
        Folder(folder)
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_file_is_read_up_to_its_limit() {
        let folder = folder("limit");
        let file = folder.0.join("a");
        std::fs::write(&file, "four").unwrap();
        std::os::unix::fs::symlink("a", folder.0.join("link")).unwrap();
        assert_eq!(read_bounded(&file, 4).unwrap(), b"four");
        assert_eq!(read_bounded_text(&folder.0.join("link"), 4).unwrap(), "four");
        let error = read_bounded(&file, 3).unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::FileTooLarge, "it is larger than 3 bytes"));
        std::fs::write(&file, b"a\nb\xff").unwrap();
        let error = read_bounded_text(&file, 4).unwrap_err();
        assert_eq!(error.to_string(), "it is not UTF-8: byte 0xff at offset 3, line 2");
    }

    #[test]
    fn what_is_no_regular_file_is_not_read() {
        let folder = folder("kinds");
        let refused = |path: &Path| {
            let error = read_bounded(path, 4).unwrap_err();
            (error.kind(), error.to_string())
        };
        assert_eq!(refused(&folder.0), (ErrorKind::IsADirectory, "it is a folder".to_owned()));
        let odd = (ErrorKind::Unsupported, "it is not a regular file".to_owned());
        for device in ["/dev/zero", "/dev/null"] {
            assert_eq!(refused(Path::new(device)), odd, "{device}");
        }
        let pipe = folder.0.join("pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert_eq!(refused(&pipe), odd);
        assert_eq!(read_bounded(&folder.0.join("absent"), 4).unwrap_err().kind(), ErrorKind::NotFound);
    }

    /// Between the look and the opening a pipe may take the place of the file.
    #[test]
    fn opening_a_pipe_waits_for_nobody() {
        let folder = folder("pipe");
        let pipe = folder.0.join("pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert!(DO_NOT_WAIT == 0 || !open(&pipe).unwrap().metadata().unwrap().is_file());
    }
}
