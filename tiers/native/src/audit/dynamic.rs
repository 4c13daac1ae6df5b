//! What the dynamic linker reads of a library: the program headers and the dynamic table, never the section headers.
//!
//! Section headers are for tools; a file may have none, or wrong ones, and still be loaded. An audit that believed them would look
//! at other symbols than those that are bound.

use object::elf::{self, FileHeader64};
use object::read::elf::{Dyn as _, FileHeader as _, GnuHashTable, ProgramHeader as _, Sym as _};
use object::{Endianness, ReadRef, pod};

use super::AuditError;

type Header = FileHeader64<Endianness>;
type ProgramHeader = elf::ProgramHeader64<Endianness>;
type Symbol = elf::Sym64<Endianness>;

/// A library's dynamic table and what it leads to.
pub(super) struct Dynamic<'data, R> {
    data: R,
    endian: Endianness,
    pub(super) segments: &'data [ProgramHeader],
    entries: Vec<(elf::DynamicTag, u64)>,
}

/// One dynamic symbol.
pub(super) struct Import<'data> {
    pub(super) name: &'data [u8],
    /// The library has it itself.
    pub(super) defined: bool,
    /// Some place of the library is filled in with its address when the library is loaded.
    pub(super) bound: bool,
}

impl<'data, R: ReadRef<'data>> Dynamic<'data, R> {
    pub(super) fn read(data: R) -> Result<Self, AuditError> {
        let header = Header::parse(data).map_err(AuditError::malformed)?;
        let endian = header.endian().map_err(AuditError::malformed)?;
        let segments = header.program_headers(endian, data).map_err(AuditError::malformed)?;
        in_order(segments, endian)?;
        whole(segments, endian, data)?;
        let mut entries = Vec::new();
        for segment in segments {
            if let Some(table) = segment.dynamic(endian, data).map_err(AuditError::malformed)? {
                entries.extend(
                    table
                        .iter()
                        .map(|entry| (entry.d_tag(endian), entry.d_val(endian)))
                        .take_while(|(tag, _)| *tag != elf::DT_NULL),
                );
            }
        }
        Ok(Self { data, endian, segments, entries })
    }

    pub(super) fn endian(&self) -> Endianness {
        self.endian
    }

    /// The value of the first entry with that tag.
    pub(super) fn value(&self, tag: elf::DynamicTag) -> Option<u64> {
        self.entries.iter().find(|entry| entry.0 == tag).map(|entry| entry.1)
    }

    /// The names of all entries with that tag.
    pub(super) fn names(&self, tag: elf::DynamicTag) -> Result<Vec<String>, AuditError> {
        let strings = self.strings()?;
        let mut names = Vec::new();
        for (_, offset) in self.entries.iter().filter(|entry| entry.0 == tag) {
            names.push(String::from_utf8_lossy(text_at(strings, *offset)?).into_owned());
        }
        Ok(names)
    }

    /// All dynamic symbols that have a name.
    pub(super) fn symbols(&self) -> Result<Vec<Import<'data>>, AuditError> {
        let bound = self.bound()?;
        let count = self.hashed()?.max(bound.last().map_or(0, |last| u64::from(*last) + 1));
        if count == 0 {
            return Ok(Vec::new());
        }
        let strings = self.strings()?;
        let table = self.array::<Symbol>(elf::DT_SYMTAB, count * size_of::<Symbol>() as u64)?;
        let mut symbols = Vec::new();
        for (index, symbol) in (0_u32..).zip(table) {
            let name = text_at(strings, u64::from(symbol.st_name(self.endian)))?;
            if !name.is_empty() && !symbol.is_local() {
                let defined = !symbol.is_undefined(self.endian);
                symbols.push(Import { name, defined, bound: bound.binary_search(&index).is_ok() });
            }
        }
        Ok(symbols)
    }

    /// How many symbols the hash table knows of.
    fn hashed(&self) -> Result<u64, AuditError> {
        if let Some(address) = self.value(elf::DT_HASH) {
            // Its second number is how many chains it has, one for each symbol.
            let numbers = self.bytes(address, 2 * size_of::<u32>() as u64)?;
            return match pod::slice_from_all_bytes::<object::U32<Endianness>>(numbers) {
                Ok([_, chains]) => Ok(u64::from(chains.get(self.endian))),
                _ => Err(AuditError::Malformed("its table of symbols cannot be read".into())),
            };
        }
        self.value(elf::DT_GNU_HASH).map_or(Ok(0), |address| self.hashed_by_gnu(address))
    }

    /// A table of GNU's form does not say how long it is, so it is shown more and more of the segment until its last chain ends.
    fn hashed_by_gnu(&self, address: u64) -> Result<u64, AuditError> {
        let (_, rest) = self.place(address)?;
        let mut size = 4 << 10;
        loop {
            let is_all = size >= rest;
            match GnuHashTable::<Header>::parse(self.endian, self.bytes(address, size.min(rest))?) {
                Ok(table) => match table.symbol_table_length(self.endian) {
                    Some(count) => return Ok(u64::from(count)),
                    // One without an entry does not say how many symbols there are.
                    None if is_all => return Ok(u64::from(table.symbol_base())),
                    None => size *= 16,
                },
                Err(err) if is_all => return Err(AuditError::malformed(err)),
                Err(_) => size *= 16,
            }
        }
    }

    /// The numbers of the symbols that relocations name, sorted.
    fn bound(&self) -> Result<Vec<u32>, AuditError> {
        let mut bound = Vec::new();
        for (table, size) in [(elf::DT_RELA, elf::DT_RELASZ), (elf::DT_JMPREL, elf::DT_PLTRELSZ), (elf::DT_REL, elf::DT_RELSZ)] {
            let (Some(_), Some(size)) = (self.value(table), self.value(size)) else { continue };
            let without_addend = table == elf::DT_REL
                || (table == elf::DT_JMPREL && self.value(elf::DT_PLTREL) == Some(elf::DT_REL.0.cast_unsigned()));
            if without_addend {
                bound.extend(self.array::<elf::Rel64<Endianness>>(table, size)?.iter().map(|entry| entry.r_sym(self.endian)));
            } else {
                bound.extend(
                    self.array::<elf::Rela64<Endianness>>(table, size)?.iter().map(|entry| entry.r_sym(self.endian, false)),
                );
            }
        }
        bound.sort_unstable();
        bound.dedup();
        Ok(bound)
    }

    fn strings(&self) -> Result<&'data [u8], AuditError> {
        let size = self.value(elf::DT_STRSZ).unwrap_or(0);
        self.array::<u8>(elf::DT_STRTAB, size)
    }

    /// The table at the address that an entry tells, `size` bytes long.
    fn array<T: pod::Pod>(&self, tag: elf::DynamicTag, size: u64) -> Result<&'data [T], AuditError> {
        let address = self.value(tag).ok_or(AuditError::Malformed("an entry of the dynamic table is missing".into()))?;
        let bytes = self.bytes(address, size)?;
        pod::slice_from_all_bytes(bytes).map_err(|()| AuditError::Malformed("a table has no whole number of entries".into()))
    }

    /// So many bytes of the file from the address on. No more is read: a file that is read piece by piece would copy what it does not need,
    /// all that a large library holds.
    fn bytes(&self, address: u64, size: u64) -> Result<&'data [u8], AuditError> {
        let (offset, rest) = self.place(address)?;
        if size > rest {
            return Err(AuditError::Malformed("a table is longer than the segment that holds it".into()));
        }
        self.data.read_bytes_at(offset, size).map_err(|()| AuditError::Malformed("a segment cannot be read".into()))
    }

    /// Where an address lies in the file, and how many bytes there are from there to the end of its segment.
    fn place(&self, address: u64) -> Result<(u64, u64), AuditError> {
        for segment in self.segments.iter().filter(|segment| segment.p_type(self.endian) == elf::PT_LOAD) {
            let (start, size) = (segment.p_vaddr(self.endian), segment.p_filesz(self.endian));
            let Some(skip) = address.checked_sub(start).filter(|skip| *skip < size) else { continue };
            let offset = segment.p_offset(self.endian).checked_add(skip);
            let offset = offset.ok_or(AuditError::Malformed("a segment cannot be read".into()))?;
            return Ok((offset, size - skip));
        }
        Err(AuditError::Malformed("the dynamic table leads to memory that the file does not fill".into()))
    }
}

/// Segments that lie over each other would be read by the linker in another order than here.
fn in_order(segments: &[ProgramHeader], endian: Endianness) -> Result<(), AuditError> {
    let mut end = 0;
    for segment in segments.iter().filter(|segment| segment.p_type(endian) == elf::PT_LOAD) {
        if segment.p_vaddr(endian) < end {
            return Err(AuditError::Malformed("its segments overlap".into()));
        }
        end = segment.p_vaddr(endian).saturating_add(segment.p_memsz(endian));
    }
    Ok(())
}

/// What a truncated file lacks is no error to the linker: whoever touches it later gets a SIGBUS.
fn whole<'data, R: ReadRef<'data>>(segments: &[ProgramHeader], endian: Endianness, data: R) -> Result<(), AuditError> {
    let len = data.len().map_err(|()| AuditError::Malformed("its length is not known".into()))?;
    for segment in segments.iter().filter(|segment| segment.p_type(endian) == elf::PT_LOAD) {
        let end = segment.p_offset(endian).saturating_add(segment.p_filesz(endian));
        if end > len {
            return Err(AuditError::Malformed(format!("it ends after {len} bytes, and {end} are to be loaded")));
        }
    }
    Ok(())
}

fn text_at(strings: &[u8], offset: u64) -> Result<&[u8], AuditError> {
    let rest = usize::try_from(offset).ok().and_then(|offset| strings.get(offset..));
    let rest = rest.ok_or(AuditError::Malformed("a name lies outside of the table of names".into()))?;
    rest.split(|byte| *byte == 0).next().ok_or(AuditError::Malformed("a name has no end".into()))
}
