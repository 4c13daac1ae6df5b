//! From a place in object code to the line of source, through the debug information of one object file.

use std::fmt;
use std::path::PathBuf;
use std::rc::Rc;

use gimli::{Dwarf, EndianRcSlice, RunTimeEndian, SectionId};
use object::{Object, ObjectSection, ObjectSymbol, RelocationKind, RelocationTarget, SectionIndex};

use super::{AtomId, Program};

type Bytes = EndianRcSlice<RunTimeEndian>;

/// How far apart the sections of an object are put, as if it were linked: no function is as long.
const BETWEEN: u64 = 1 << 32;

/// The debug information of one object file.
pub(crate) struct Lines {
    context: addr2line::Context<Bytes>,
}

impl fmt::Debug for Lines {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Lines").finish_non_exhaustive()
    }
}

/// A function that was inlined at a place, or the one that the place is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    /// The source file, absolute.
    pub(crate) file: PathBuf,
    /// The line, from 1.
    pub(crate) line: u32,
    /// The mangled name of the function, if it is told.
    pub(crate) function: Option<String>,
}

impl Lines {
    /// Reads the debug information of the object that a piece is in; `None` when there is none that can be read.
    pub(crate) fn of(program: &Program, atom: AtomId) -> Option<Self> {
        let object = &program.objects[program.atoms[atom].object];
        let bytes = std::fs::read(&program.libraries[object.library].path).ok()?;
        let (start, length) = object.range;
        let start = usize::try_from(start).ok()?;
        let object = object::File::parse(bytes.get(start..start.checked_add(usize::try_from(length).ok()?)?)?).ok()?;
        let endian = if object.is_little_endian() { RunTimeEndian::Little } else { RunTimeEndian::Big };
        let load = |id: SectionId| -> Result<Bytes, object::Error> {
            let data = match object.section_by_name(id.name()) {
                Some(section) => relocated(&object, &section)?,
                None => Vec::new(),
            };
            Ok(EndianRcSlice::new(Rc::from(data), endian))
        };
        let dwarf = Dwarf::load(load).ok()?;
        Some(Self { context: addr2line::Context::from_dwarf(dwarf).ok()? })
    }

    /// The frames at a place, innermost first.
    pub(crate) fn frames(&self, section: usize, at: u64) -> Vec<Frame> {
        let mut frames = Vec::new();
        let Ok(mut found) = self.context.find_frames(address(SectionIndex(section), at)).skip_all_loads() else { return frames };
        while let Ok(Some(frame)) = found.next() {
            let function = frame.function.and_then(|function| Some(function.raw_name().ok()?.into_owned()));
            if let Some(location) = frame.location
                && let (Some(file), Some(line)) = (location.file, location.line)
            {
                frames.push(Frame { file: PathBuf::from(file), line, function });
            }
        }
        frames
    }
}

/// Where a place would be in memory.
fn address(section: SectionIndex, at: u64) -> u64 {
    (section.0 as u64 + 1) * BETWEEN + at
}

/// The bytes of a section of debug information, with the addresses filled in that a linker would fill in.
fn relocated(object: &object::File<'_>, section: &object::Section<'_, '_>) -> Result<Vec<u8>, object::Error> {
    let mut data = section.data()?.to_vec();
    for (at, relocation) in section.relocations() {
        if relocation.kind() != RelocationKind::Absolute {
            continue;
        }
        let (target, offset) = match relocation.target() {
            RelocationTarget::Symbol(index) => {
                let symbol = object.symbol_by_index(index)?;
                (symbol.section_index(), symbol.address())
            }
            RelocationTarget::Section(index) => (Some(index), 0),
            _ => continue,
        };
        let Some(target) = target else { continue };
        // References between sections of debug information are counted from the beginning of the section.
        let describes = object.section_by_index(target)?.name()?.starts_with(".debug");
        let base = if describes { 0 } else { address(target, 0) };
        let implicit = if relocation.has_implicit_addend() { read(&data, at, relocation.size()) } else { 0 };
        let value = base.wrapping_add(offset).wrapping_add_signed(relocation.addend()).wrapping_add(implicit);
        write(&mut data, at, relocation.size(), value, object.is_little_endian());
    }
    Ok(data)
}

fn read(data: &[u8], at: u64, bits: u8) -> u64 {
    let at = usize::try_from(at).unwrap_or(usize::MAX);
    let bytes = at.checked_add(usize::from(bits / 8)).and_then(|end| data.get(at..end)).unwrap_or_default();
    bytes.iter().rev().fold(0, |value, byte| (value << 8) | u64::from(*byte))
}

fn write(data: &mut [u8], at: u64, bits: u8, value: u64, little: bool) {
    let length = usize::from(bits / 8).min(8);
    let at = usize::try_from(at).unwrap_or(usize::MAX);
    let Some(place) = at.checked_add(length).and_then(|end| data.get_mut(at..end)) else { return };
    if little {
        place.copy_from_slice(&value.to_le_bytes()[..length]);
    } else {
        place.copy_from_slice(&value.to_be_bytes()[8 - length..]);
    }
}
