//! What loading a library would do to the program, read from its file before a byte of it runs.
//!
//! [`Audit::read`] lists what the library needs, binds and offers, and how its memory would be mapped. Three things follow.
//! [`Audit::forbidden`] are refused whatever a policy says: memory that can be written and executed, functions that the program
//! itself has. [`Audit::undeclared`] compares the functions that a library binds with the permissions that its manifest asks for; a
//! policy may ask for that. The rest are facts for a report, and for saying why a library cannot be unmapped.
//!
//! # What it cannot see
//!
//! A library in the same process can do everything that the process can. The audit finds a plugin that opens a socket because its
//! author did not think of the manifest; it does not stop one that hides it. Not seen: system calls made without the C library
//! (`syscall` is bound by every Rust library), functions found with `dlsym`, files that are opened (`open64` is bound by every
//! Rust library, for backtraces), variables of the environment that are read (`getenv`, likewise), and what the libraries do that it
//! needs.

mod dynamic;
mod rules;

use std::fmt;

use object::read::elf::ProgramHeader as _;
use object::{ReadCache, ReadRef, elf};

use dynamic::Dynamic;
pub use rules::{Finding, Undeclared};

use crate::file::Sealed;

/// What loading a library would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Audit {
    /// The libraries that it needs, as it names them: `libc.so.6`.
    pub needed: Vec<String>,
    /// The functions and variables that are bound when it is loaded, sorted.
    pub imports: Vec<String>,
    /// The functions and variables that it offers to others, sorted.
    pub exports: Vec<String>,
    /// How many functions run when it is loaded, before anything was called. A Rust library without any of its own has up to two.
    pub constructors: usize,
    /// How many functions run when it is unmapped or the program ends.
    pub destructors: usize,
    /// It has variables of which each thread has its own.
    pub thread_locals: bool,
    /// It says that it must never be unmapped.
    pub not_unloadable: bool,
    /// It asks for a stack whose bytes can be executed.
    pub executable_stack: bool,
    /// How many parts of it could be written and executed.
    pub writable_code: usize,
    /// Its code is changed while it is loaded, so it is writable for a moment.
    pub text_relocations: bool,
}

/// A library whose dynamic table cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuditError {
    /// What is wrong with it, as a phrase.
    Malformed(String),
}

impl AuditError {
    fn malformed(err: object::read::Error) -> Self {
        Self::Malformed(err.to_string().to_lowercase())
    }
}

impl fmt::Display for AuditError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Malformed(what) = self;
        write!(
            formatter,
            "KW0741 what the library needs and offers cannot be read: {what}\n  help: the file is damaged or was changed after it was linked; build it \
             again with `cargo rustc --release --lib --crate-type cdylib -- --cfg keyway_native`"
        )
    }
}

impl std::error::Error for AuditError {}

impl Audit {
    /// Reads a sealed library: of its bytes only the tables.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn of(library: &Sealed) -> Result<Self, AuditError> {
        Self::read(&ReadCache::new(library.reader()))
    }

    /// Reads a library for a 64-bit machine. `data` is its bytes, or a reader of them such as [`object::ReadCache`].
    ///
    /// # Errors
    /// The program headers or the dynamic table are damaged, or there are none.
    pub fn read<'data, R: ReadRef<'data>>(data: R) -> Result<Self, AuditError> {
        let dynamic = Dynamic::read(data)?;
        let endian = dynamic.endian();
        let flags = dynamic.value(elf::DT_FLAGS).unwrap_or(0);
        let flags_1 = dynamic.value(elf::DT_FLAGS_1).unwrap_or(0);
        let mut audit = Self {
            needed: dynamic.names(elf::DT_NEEDED)?,
            constructors: functions(dynamic.value(elf::DT_INIT_ARRAYSZ), dynamic.value(elf::DT_INIT)),
            destructors: functions(dynamic.value(elf::DT_FINI_ARRAYSZ), dynamic.value(elf::DT_FINI)),
            not_unloadable: flags_1 & NO_DELETE != 0,
            text_relocations: dynamic.value(elf::DT_TEXTREL).is_some() || flags & TEXT_RELOCATIONS != 0,
            // Without the header the kernel gives an executable stack, and the linker makes the stacks of all threads so.
            executable_stack: true,
            ..Self::default()
        };
        for segment in dynamic.segments {
            let executable = segment.p_flags(endian) & elf::PF_X == elf::PF_X;
            match segment.p_type(endian) {
                elf::PT_GNU_STACK => audit.executable_stack = executable,
                elf::PT_TLS => audit.thread_locals = true,
                elf::PT_LOAD if executable && segment.p_flags(endian) & elf::PF_W == elf::PF_W => audit.writable_code += 1,
                _ => {}
            }
        }
        for symbol in dynamic.symbols()? {
            let name = String::from_utf8_lossy(symbol.name).into_owned();
            // A name that the library has itself and binds all the same is looked up in the program first.
            if symbol.defined {
                audit.exports.push(name.clone());
            }
            if symbol.bound || !symbol.defined {
                audit.imports.push(name);
            }
        }
        audit.imports.sort_unstable();
        audit.imports.dedup();
        audit.exports.sort_unstable();
        audit.exports.dedup();
        Ok(audit)
    }

    /// Whether it has variables whose destructors run at the end of each thread that used them: such a thread keeps it mapped.
    #[must_use]
    pub fn thread_destructors(&self) -> bool {
        self.imports.iter().any(|name| name == "__cxa_thread_atexit_impl" || name == "__cxa_thread_atexit")
    }
}

/// `DF_TEXTREL` and `DF_1_NODELETE` of the dynamic table's flags.
const TEXT_RELOCATIONS: u64 = 0x4;
const NO_DELETE: u64 = 0x8;

/// How many functions an array of `size` bytes holds, and one more if there is one beside the array.
fn functions(size: Option<u64>, single: Option<u64>) -> usize {
    let array = size.unwrap_or(0) / size_of::<u64>() as u64;
    usize::try_from(array).unwrap_or(usize::MAX).saturating_add(usize::from(single.is_some()))
}
