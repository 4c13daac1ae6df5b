//! The one symbol of a plugin that is built as a library. The host has read and compared the record before it asks for it.
#![allow(unsafe_code, reason = "what a library and a host point each other to is read through pointers")]

use std::fmt;

use super::allocator::{self, HostTable, NotTaken};
use crate::plugin::Registration;

/// The name of the symbol. A change of [`Entry`] that is more than a new field at its end takes another number.
#[cfg(feature = "native")]
pub(crate) const SYMBOL: &std::ffi::CStr = c"KEYWAY_PLUGIN_V1";

/// How every entry begins.
const MAGIC: u64 = u64::from_le_bytes(*b"KEYWAY\0E");

const VERSION: u32 = 1;

/// Answers of [`Entry::begin`].
mod answer {
    pub(super) const TAKEN: u32 = 0;
    pub(super) const TOO_SHORT: u32 = 1;
    pub(super) const OTHER: u32 = 2;
}

/// What the symbol of a library is. Its head has the C ABI, so that any host can tell whether it may read on.
#[repr(C)]
pub struct Entry {
    magic: u64,
    size: u32,
    version: u32,
    record: *const u8,
    record_len: usize,
    begin: extern "C" fn(*const HostTable) -> u32,
    /// A `Registration`, of the Rust that the record names.
    registration: *const (),
    /// The type ids beside the record. No code reads them here; they are kept in the library by being named.
    ids: *const (),
}

// SAFETY: it points to statics that nobody writes to and to functions.
unsafe impl Sync for Entry {}

impl Entry {
    /// The entry of a library; `#[derive(Plugin)]` makes it.
    #[must_use]
    pub const fn new<I>(record: &'static [u8], ids: &'static I, registration: &'static Registration) -> Self {
        Self {
            magic: MAGIC,
            size: size_of::<Self>() as u32,
            version: VERSION,
            record: record.as_ptr(),
            record_len: record.len(),
            begin,
            registration: std::ptr::from_ref(registration).cast(),
            ids: std::ptr::from_ref(ids).cast(),
        }
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Entry").field("version", &self.version).field("size", &self.size).finish_non_exhaustive()
    }
}

/// Takes the host's functions over. It is the first code of the library that the host calls.
extern "C" fn begin(table: *const HostTable) -> u32 {
    // SAFETY: the host passes a pointer to a static of its own, or null; which fields the table has is asked of it first.
    let taken = unsafe { table.as_ref() }.map_or(Err(NotTaken::TooShort), allocator::take);
    match taken {
        Ok(()) => answer::TAKEN,
        Err(NotTaken::TooShort) => answer::TOO_SHORT,
        Err(NotTaken::Other) => answer::OTHER,
    }
}

#[cfg(feature = "native")]
pub(crate) use read::{Fault, Memory};

/// The host's side.
#[cfg(feature = "native")]
mod read {
    use std::fmt;
    use std::ptr::NonNull;

    use super::{Entry, MAGIC, VERSION, answer};
    use crate::native::allocator::HOST_TABLE;
    use crate::plugin::{Create, Registration};

    /// Why a symbol is no entry that can be used.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub(crate) enum Fault {
        /// It does not begin as an entry does.
        NoEntry,
        /// It is of another version, or shorter than that version is.
        Version(u32),
        /// It points to memory outside of its library.
        Outside,
        /// The record in memory is not the one in the file.
        OtherRecord,
        /// It did not take the host's allocator.
        NotTaken(u32),
        /// Its registration points to another library.
        Linked,
    }

    /// The memory of one library.
    pub(crate) trait Memory {
        /// The address of its entry.
        fn entry(&self) -> NonNull<()>;

        /// Whether so many bytes at an address are its own, and come from the file that was verified.
        fn has(&self, address: usize, length: usize) -> bool;
    }

    impl fmt::Display for Fault {
        fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            match self {
                Self::NoEntry => formatter.write_str("has something else than an entry under the name `KEYWAY_PLUGIN_V1`"),
                Self::Version(version) => {
                    write!(formatter, "has an entry of version {version}, and this program reads version {VERSION}")
                }
                Self::Outside => formatter.write_str("has an entry that points out of the library"),
                Self::OtherRecord => formatter.write_str("has another record in memory than in its file"),
                Self::NotTaken(answer::TOO_SHORT) => {
                    formatter.write_str("needs functions of the host that this program does not have")
                }
                Self::NotTaken(answer::OTHER) => formatter.write_str("has the memory allocator of another program"),
                Self::NotTaken(other) => write!(formatter, "did not take the memory allocator of this program ({other})"),
                Self::Linked => formatter.write_str("makes its plugin with code that is not its own"),
            }
        }
    }

    impl Entry {
        /// Reads the entry of a library and begins with it: hands the host's allocator over, and answers the plugin's registration.
        /// It is that of the library's image: good for as long as that is mapped, and its descriptor is not to be kept.
        ///
        /// # Errors
        /// The entry does not fit its library, or the library the record.
        ///
        /// # Safety
        /// The gate found that the record, whose bytes these are, fits this program; and the library is what the record belongs to: its
        /// entry was made by `#[derive(Plugin)]`, and what `has` says of its memory is true for as long as the answer is used.
        pub(crate) unsafe fn begin(library: &dyn Memory, record: &[u8]) -> Result<&'static Registration, Fault> {
            let entry = library.entry().cast::<Self>();
            let is_whole = entry.is_aligned() && library.has(entry.addr().get(), size_of::<Self>());
            if !is_whole {
                return Err(Fault::Outside);
            }
            // SAFETY: so many bytes at the address are the library's, and all fields can have any value but `begin`, which is behind
            // the head. The head is read first, through the pointer.
            let (magic, size, version) = unsafe {
                let entry = entry.as_ptr();
                ((&raw const (*entry).magic).read(), (&raw const (*entry).size).read(), (&raw const (*entry).version).read())
            };
            if magic != MAGIC {
                return Err(Fault::NoEntry);
            }
            if version != VERSION || (size as usize) < size_of::<Self>() {
                return Err(Fault::Version(version));
            }
            // SAFETY: it is an entry of this version, as its head says and the caller promises, and nobody writes to it.
            let entry = unsafe { entry.as_ref() };
            let is_own = |address: usize, length| library.has(address, length);
            if !is_own(entry.record.addr(), entry.record_len)
                || !is_own(entry.begin as usize, 1)
                || !is_own(entry.registration.addr(), size_of::<Registration>())
            {
                return Err(Fault::Outside);
            }
            // SAFETY: so many bytes there are the library's, and a record is bytes.
            if unsafe { std::slice::from_raw_parts(entry.record, entry.record_len) } != record {
                return Err(Fault::OtherRecord);
            }
            match (entry.begin)(&raw const HOST_TABLE) {
                answer::TAKEN => {}
                other => return Err(Fault::NotTaken(other)),
            }
            // SAFETY: the registration is one, of the same layout as this program's, as the gate found; it is a static.
            let registration = unsafe { &*entry.registration.cast::<Registration>() };
            match registration.create {
                Create::Linked(create) if is_own(create as usize, 1) => Ok(registration),
                Create::Linked(_) | Create::Loaded(_) => Err(Fault::Linked),
            }
        }
    }
}
