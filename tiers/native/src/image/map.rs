//! The memory map of this process, as the kernel tells it: what is mapped where, from which file.

use std::fs::{self, File};
use std::io;
use std::ops::Range;

use crate::platform;

/// One line of `/proc/self/maps`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mapping {
    /// The addresses, the end exclusive.
    pub(crate) range: Range<usize>,
    pub(crate) writable: bool,
    pub(crate) executable: bool,
    /// Where it begins in its file.
    pub(crate) offset: u64,
    /// The file behind it. Memory without a file has device 0:0 and inode 0.
    pub(crate) file: FileId,
}

/// Which file a mapping is of. A memory file has a number of its own for as long as a descriptor or a mapping of it is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FileId {
    pub(crate) major: u32,
    pub(crate) minor: u32,
    pub(crate) inode: u64,
}

/// Which file this is, as the memory map names it.
#[cfg(unix)]
pub(crate) fn id_of(file: &File) -> io::Result<FileId> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = file.metadata()?;
    Ok(FileId { major: rustix::fs::major(metadata.dev()), minor: rustix::fs::minor(metadata.dev()), inode: metadata.ino() })
}

/// Elsewhere there is no map to compare with.
#[cfg(not(unix))]
pub(crate) fn id_of(_file: &File) -> io::Result<FileId> {
    Err(io::ErrorKind::Unsupported.into())
}

/// The parts of a file that are mapped.
pub(crate) fn of_file(map: &[Mapping], file: FileId) -> impl Iterator<Item = &Mapping> {
    map.iter().filter(move |mapping| mapping.file == file)
}

/// Reads the memory map of this process, in the order of the addresses.
///
/// Other threads may map and unmap meanwhile. What stays mapped during the call is always part of the answer.
pub(crate) fn read() -> io::Result<Vec<Mapping>> {
    let text = fs::read_to_string("/proc/self/maps")?;
    text.lines()
        .map(|line| {
            parse(line).ok_or_else(|| {
                io::Error::new(io::ErrorKind::InvalidData, format!("a line of /proc/self/maps is not understood: `{line}`"))
            })
        })
        .collect()
}

/// Reads the memory of this process as the kernel does, so that no part of it that somebody unmaps meanwhile is touched.
#[derive(Debug)]
pub(crate) struct Memory(File);

impl Memory {
    pub(crate) fn of_this_process() -> io::Result<Self> {
        File::open("/proc/self/mem").map(Self)
    }

    /// The words between two addresses.
    pub(crate) fn words(&self, range: Range<usize>) -> io::Result<Vec<usize>> {
        let start = range.start.next_multiple_of(size_of::<usize>());
        let mut bytes = vec![0; range.end.saturating_sub(start)];
        self.fill(&mut bytes, start)?;
        Ok(bytes.as_chunks().0.iter().map(|word| usize::from_ne_bytes(*word)).collect())
    }

    /// Fills a buffer with the bytes from an address on.
    pub(crate) fn fill(&self, bytes: &mut [u8], address: usize) -> io::Result<()> {
        let mut filled = 0;
        while filled < bytes.len() {
            match platform::read_at(&self.0, &mut bytes[filled..], (address + filled) as u64)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                count => filled += count,
            }
        }
        Ok(())
    }
}

fn parse(line: &str) -> Option<Mapping> {
    // start-end permissions offset major:minor inode [path]
    let mut fields = line.split_ascii_whitespace();
    let (start, end) = fields.next()?.split_once('-')?;
    let permissions = fields.next()?.as_bytes();
    let offset = u64::from_str_radix(fields.next()?, 16).ok()?;
    let (major, minor) = fields.next()?.split_once(':')?;
    let inode = fields.next()?.parse().ok()?;
    Some(Mapping {
        range: usize::from_str_radix(start, 16).ok()?..usize::from_str_radix(end, 16).ok()?,
        writable: *permissions.get(1)? == b'w',
        executable: *permissions.get(2)? == b'x',
        offset,
        file: FileId { major: u32::from_str_radix(major, 16).ok()?, minor: u32::from_str_radix(minor, 16).ok()?, inode },
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_line_of_a_memory_file() {
        let line = "7f5f2a1c2000-7f5f2a1fb000 r-xp 00011000 00:01 1048                       /memfd:keyway (deleted)";
        let mapping = parse(line).expect("a line as the kernel writes it");
        assert_eq!(mapping.range, 0x7f5f_2a1c_2000..0x7f5f_2a1f_b000);
        assert!(mapping.executable && !mapping.writable);
        assert_eq!(mapping.offset, 0x11000);
        assert_eq!(mapping.file, FileId { major: 0, minor: 1, inode: 1048 });
    }

    #[test]
    fn memory_without_a_file_has_number_zero() {
        let mapping = parse("55d0c0a1d000-55d0c0a3e000 rw-p 00000000 00:00 0                          [heap]").expect("a line");
        assert_eq!(mapping.file, FileId { major: 0, minor: 0, inode: 0 });
        assert!(mapping.writable);
    }

    #[test]
    fn the_map_holds_this_function_in_executable_memory() {
        let here = the_map_holds_this_function_in_executable_memory as fn() as usize;
        let map = read().expect("/proc/self/maps");
        let mapping = map.iter().find(|mapping| mapping.range.contains(&here)).expect("this function is mapped");
        assert!(mapping.executable && !mapping.writable);
        assert!(map.is_sorted_by_key(|mapping| mapping.range.start));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(line in ".{0,80}") {
            let _ = parse(&line);
        }

        #[test]
        fn what_the_kernel_writes_is_read_back(start in 0_u32.., pages in 1_u32..99, major in 0_u32..256, minor in 0_u32..256, inode: u64, flags in "[r-][w-][x-]p", path in "[ -~]{0,20}") {
            let start = start as usize;
            let end = start + pages as usize * 4096;
            let line = format!("{start:x}-{end:x} {flags} 00000000 {major:02x}:{minor:02x} {inode} {path}");
            let mapping = parse(&line).expect("a line as the kernel writes it");
            prop_assert_eq!(mapping.range, start..end);
            prop_assert_eq!(mapping.writable, flags.as_bytes()[1] == b'w');
            prop_assert_eq!(mapping.executable, flags.as_bytes()[2] == b'x');
            prop_assert_eq!(mapping.file, FileId { major, minor, inode });
        }
    }
}
