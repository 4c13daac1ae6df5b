//! Finds the record of a plugin in the file of a library, before a byte of it runs.
//!
//! The sections are found by the section headers, which a file could have wrong on purpose: so whoever loads the library compares what
//! was read here with what lies in the loaded image.

mod error;
mod header;

use keyway_manifest::record::{IDS_SECTION, LARGEST_RECORD, RECORD_SECTION, Record, RecordError};
use object::elf::{FileHeader32, FileHeader64};
use object::read::elf::{FileHeader, SectionHeader as _};
use object::{Endianness, ReadCache, ReadRef};

pub use error::LibraryError;

use crate::Sealed;

#[cfg(target_pointer_width = "64")]
type Header = FileHeader64<Endianness>;
#[cfg(target_pointer_width = "32")]
type Header = FileHeader32<Endianness>;

/// Reads what a library says about its plugin and itself.
///
/// # Errors
/// When the file is no shared library for the machine that this program runs on, is cut, or holds no record that can be read. See
/// [`LibraryError::code`].
pub fn read_record(library: &Sealed) -> Result<Record, LibraryError> {
    record_in(&ReadCache::new(library.reader()))
}

/// The same of bytes in memory.
pub(crate) fn record_in<'data>(file: impl ReadRef<'data>) -> Result<Record, LibraryError> {
    header::check(file)?;
    record_of::<Header>(file)
}

/// Reads what a library for whatever machine says about its plugin and itself: for tools that look at libraries which they will not load.
///
/// # Errors
/// When the file is no shared library, is cut, or holds no record that can be read.
pub fn read_record_of_any_machine(library: &[u8]) -> Result<Record, LibraryError> {
    match header::bits(library)? {
        32 => record_of::<FileHeader32<Endianness>>(library),
        _ => record_of::<FileHeader64<Endianness>>(library),
    }
}

fn record_of<'data, Header: FileHeader<Endian = Endianness>>(file: impl ReadRef<'data>) -> Result<Record, LibraryError> {
    let header = Header::parse(file).map_err(LibraryError::damaged)?;
    let endian = header.endian().map_err(LibraryError::damaged)?;
    let sections = header.sections(endian, file).map_err(LibraryError::damaged)?;
    let section = |name: &str| match sections.section_by_name(endian, name.as_bytes()) {
        // Its length is checked first, because a file that is read piece by piece would be copied.
        Some((_, section)) if section.sh_size(endian).into() > LARGEST_RECORD as u64 => {
            Err(LibraryError::Record(RecordError::Damaged { problem: format!("its section `{name}` is larger than 4 MiB") }))
        }
        Some((_, section)) => section.data(endian, file).map_err(LibraryError::damaged),
        None => Ok(&[][..]),
    };
    Ok(Record::read(section(RECORD_SECTION)?, section(IDS_SECTION)?)?)
}

#[cfg(test)]
mod tests;
