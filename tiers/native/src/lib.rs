//! The native tier of Keyway: verifies, loads and retires plugins that are shared libraries.
//!
//! A library goes this way, and each step uses only what the one before it yields:
//! 1. [`Folder`] checks who may write to a folder of plugins, and [`Folder::seal`] reads a library **once** into a [`Sealed`] copy that
//!    nobody can change. With [`Copies`] an unchanged file of which a copy is in use is not
//!    read again.
//! 2. [`read_record`] reads what the library says about itself, and the gate of `keyway_manifest::record` compares it with the program:
//!    a library that does not fit is refused before a byte of it runs.
//! 3. [`verify`] compares the copy with the lock, SHA256SUMS, the [`Publisher`]s' signatures and the [`Versions`] that ran before.
//! 4. [`probe`], if the policy asks for it, has another process load it first, so that a constructor that crashes does no harm.
//! 5. [`image`] [audits](audit) and loads it, once for each content, and the memory map must show that it is the sealed copy.
//! 6. [`retire`] counts what stays in memory of libraries that were replaced, or unmaps them where that can be done.
//!
//! With the feature `watch`, the module of that name tells when the files of plugins have changed.

pub mod audit;
mod elf;
mod file;
pub mod image;
mod platform;
pub mod probe;
pub mod retire;
mod trust;
#[cfg(feature = "watch")]
pub mod watch;

pub use elf::{LibraryError, read_record, read_record_of_any_machine};
pub use file::{
    Copies, Digest, DigestCache, EntryKind, FileRules, Folder, Reason, Refusal, Refusals, Sealed, SealedReader, Stamp, Whole,
    shell_command,
};
pub use trust::{
    Beside, Checksums, Claim, Evidence, Inspection, KeyId, Keyring, Locked, MANIFEST, Policy, PublicKey, Publisher, SecretKey,
    Signature, Signer, Statement, Verified, Versions, inspect, verify,
};
