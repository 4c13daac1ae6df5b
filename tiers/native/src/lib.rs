//! The native tier of Keyway: verifies, loads and retires plugins that are shared libraries.
//!
//! A library goes this way, and each step uses only what the one before it yields:
//! 1. [`Folder`] checks who may write to a folder of plugins, and [`Folder::seal`] reads a library **once** into a [`Sealed`] copy that
//!    nobody can change.

mod file;
mod platform;

pub use file::{
    Digest, DigestCache, EntryKind, FileRules, Folder, Reason, Refusal, Refusals, Sealed, SealedReader, Stamp, Whole,
};
