//! Files of programs and libraries as they lie on the disk: whole ones, and nothing that only looks like a file.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use keyway_manifest::parse::read_bounded;
use object::read::archive::ArchiveFile;
use object::{FileKind, Object, ObjectSection, ObjectSegment};

use crate::failure::{Class, Failure, FileVerb, NO_SURFACE};

/// Bytes of a program at most: more than a linker makes with all debug information.
const LARGEST: usize = 2 << 30;

/// Reads a program or library, or what else may be large; `what` it is, as in `the library`.
///
/// # Errors
/// It is no regular file, cannot be read, or is larger than any program.
pub(crate) fn read(what: &str, path: &Path) -> Result<Vec<u8>, Failure> {
    read_bounded(path, LARGEST).map_err(|error| Failure::file(what, FileVerb::Read, path, &error))
}

/// Reads a program, or a library of any kind, that has all of its parts.
///
/// # Errors
/// It is no file, cannot be read, is no program, or ends before its last part.
pub(crate) fn read_program(what: &str, path: &Path) -> Result<Vec<u8>, Failure> {
    let bytes = read(what, path)?;
    check_whole(&bytes, &path.display().to_string())?;
    Ok(bytes)
}

/// Looks whether these are the bytes of a program, or of a library of any kind, that has all of its parts; `name` is what it is called.
///
/// # Errors
/// They are none, or end before its last part.
pub(crate) fn check_whole(bytes: &[u8], name: &str) -> Result<(), Failure> {
    whole(bytes).map_err(|why| {
        Failure::new(Class::File, NO_SURFACE, format!("`{name}` {why}"))
            .help("name a program or library as the compiler has made it, and copy it again when it was cut short")
    })
}

/// Whether bytes begin as those of a program or library do: what no text begins with.
pub(crate) fn is_program(bytes: &[u8]) -> bool {
    const MARKS: [&[u8]; 7] = [
        b"\x7fELF",
        b"!<arch>\n",
        b"MZ\x90\0",
        &[0xfe, 0xed, 0xfa, 0xcf],
        &[0xcf, 0xfa, 0xed, 0xfe],
        &[0xca, 0xfe, 0xba, 0xbe],
        &[0xca, 0xfe, 0xba, 0xbf],
    ];
    MARKS.iter().any(|mark| bytes.starts_with(mark))
}

/// Whether a regular file begins so. What cannot be read does not; whoever reads it next tells why.
pub(crate) fn begins_as_program(path: &Path) -> bool {
    let mut head = Vec::new();
    let opened = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file).and_then(|_| File::open(path).ok());
    opened.is_some_and(|file| file.take(16).read_to_end(&mut head).is_ok()) && is_program(&head)
}

/// Whether all that the headers name lies in the file; if not, what is wrong, as a phrase.
pub(crate) fn whole(bytes: &[u8]) -> Result<(), String> {
    let none = |_| "is no program or library".to_owned();
    let cut = |at: u64| format!("was cut short: a part of it reaches to byte {at}, and it has {}", bytes.len());
    if FileKind::parse(bytes).map_err(none)? == FileKind::Archive {
        let damaged = |error: object::read::Error| format!("is damaged, or was cut short: {}", error.to_string().to_lowercase());
        let archive = ArchiveFile::parse(bytes).map_err(damaged)?;
        for member in archive.members() {
            member.and_then(|member| member.data(bytes)).map_err(damaged)?;
        }
        return Ok(());
    }
    let file = object::File::parse(bytes)
        .map_err(|error| format!("is damaged, or was cut short: {}", error.to_string().to_lowercase()))?;
    let sections = file.sections().filter_map(|section| section.file_range());
    let parts = sections.chain(file.segments().map(|segment| segment.file_range()));
    let end = parts.map(|(start, size)| start.saturating_add(size)).max().unwrap_or(0);
    if end > bytes.len() as u64 { Err(cut(end)) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_was_cut_anywhere_is_no_longer_whole() {
        let own = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        assert_eq!(whole(&own), Ok(()));
        // What stands behind the last part belongs to none.
        let mut longer = own.clone();
        longer.extend_from_slice(b"a signature");
        assert_eq!(whole(&longer), Ok(()));
        for length in (0..64).map(|part| own.len() / 64 * part).chain([1, 4, 63, 64, own.len() - 1]) {
            assert!(whole(&own[..length]).is_err(), "{length} of {}", own.len());
        }
        assert_eq!(whole(b"# A page"), Err("is no program or library".to_owned()));
    }
}
