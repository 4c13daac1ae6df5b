//! The native tier of Keyway: verifies, loads and retires plugins that are shared libraries.
//!
//! A library goes this way, and each step uses only what the one before it yields:
//! 1. [`Folder`] checks who may write to a folder of plugins, and [`Folder::seal`] reads a library **once** into a [`Sealed`] copy that
//!    nobody can change.
//! 2. [`read_record`] reads what the library says about itself, and the gate of `keyway_manifest::record` compares it with the program:
//!    a library that does not fit is refused before a byte of it runs.

mod elf;
mod file;
mod platform;

pub use elf::{LibraryError, read_record};
pub use file::{
    Digest, DigestCache, EntryKind, FileRules, Folder, Reason, Refusal, Refusals, Sealed, SealedReader, Stamp, Whole,
};
