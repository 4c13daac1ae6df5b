//! Where the program and its libraries keep their variables, as their program headers say.
//!
//! The memory map alone does not tell: the kernel joins variables that begin as zero with whatever memory lies behind them.

use std::collections::BTreeSet;
use std::io;
use std::ops::Range;

use object::Endianness;
use object::elf::{FileHeader64, PF_W, PT_LOAD};
use object::read::elf::{FileHeader as _, ProgramHeader as _};

use super::map::{FileId, Mapping, Memory};

/// The addresses of the variables of everything that is loaded, but for some files.
pub(super) fn of_all_but(files: &BTreeSet<FileId>, map: &[Mapping], memory: &Memory) -> io::Result<Vec<Range<usize>>> {
    /// Program headers follow the file's header in all files that linkers make.
    const HEAD: usize = 4096;
    let mut found = Vec::new();
    for mapping in map.iter().filter(|mapping| mapping.offset == 0 && mapping.file.inode != 0 && !files.contains(&mapping.file)) {
        let mut head = vec![0; mapping.range.len().min(HEAD)];
        // A file that is mapped and is no library, or a library that is unmapped just now, has none.
        if memory.fill(&mut head, mapping.range.start).is_ok() {
            found.extend(in_head(&head, mapping.range.start));
        }
    }
    Ok(found)
}

/// The addresses of the variables of a library whose file's beginning is mapped at an address.
fn in_head(head: &[u8], start: usize) -> Vec<Range<usize>> {
    let header = FileHeader64::<Endianness>::parse(head).and_then(|header| Ok((header.endian()?, header)));
    let Ok((endian, header)) = header else { return Vec::new() };
    let Ok(segments) = header.program_headers(endian, head) else { return Vec::new() };
    let mut loaded = segments.iter().filter(|segment| segment.p_type(endian) == PT_LOAD);
    let Some(first) = loaded.clone().next() else { return Vec::new() };
    // Addresses in the file are relative to where it was put, unless the file says where it must be.
    let base = start.wrapping_sub(address(first.p_vaddr(endian)));
    loaded
        .by_ref()
        .filter(|segment| segment.p_flags(endian) & PF_W == PF_W)
        .map(|segment| {
            let begin = base.wrapping_add(address(segment.p_vaddr(endian)));
            begin..begin.saturating_add(address(segment.p_memsz(endian)))
        })
        .collect()
}

fn address(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::map;
    use super::*;

    static HERE: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    static INITIALISED: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(7);

    #[test]
    fn the_variables_of_this_program_are_found_and_the_heap_is_not() {
        let memory = Memory::of_this_process().expect("/proc/self/mem");
        let found =
            of_all_but(&BTreeSet::new(), &map::read().expect("/proc/self/maps"), &memory).expect("the headers of all libraries");
        let is_found = |address: usize| found.iter().any(|range| range.contains(&address));
        assert!(is_found(std::ptr::from_ref(&HERE).addr()), "a variable that begins as zero");
        assert!(is_found(std::ptr::from_ref(&INITIALISED).addr()), "a variable that does not");
        let heap = Box::new(7);
        assert!(!is_found(std::ptr::from_ref(&*heap).addr()));
        assert!(!is_found(std::ptr::from_ref(&heap).addr()), "the stack");
    }

    #[test]
    fn what_is_no_library_has_no_variables() {
        assert!(in_head(&[], 0).is_empty());
        assert!(in_head(&[0x7f; 4096], 0).is_empty());
    }
}
