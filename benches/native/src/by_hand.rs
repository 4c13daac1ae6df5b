//! What one would write without Keyway: bare `libloading`, and the same after a hash and a signature.
#![expect(unsafe_code, reason = "mapping and loading a file are calls on trust")]

use std::fs::File;
use std::path::Path;
use std::ptr;

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use libloading::Library;
use rustix::mm::{MapFlags, ProtFlags, mmap, munmap};
use sha2::{Digest as _, Sha256};

/// Loads the library and looks up its entry.
///
/// # Panics
/// When it cannot be loaded.
#[must_use]
pub fn load(path: &Path) -> Library {
    // SAFETY: it is a library of the benches, with no constructors but those of the standard library.
    let library = unsafe { Library::new(path) }.expect("the library was built");
    // SAFETY: the address is not used.
    assert!(unsafe { library.get::<*const ()>("KEYWAY_PLUGIN_V1") }.is_ok(), "a plugin has an entry");
    library
}

/// A key, and what it has signed: the SHA-256 of a library.
pub struct Signed {
    key: VerifyingKey,
    signature: Signature,
}

impl Signed {
    /// Signs a digest.
    #[must_use]
    pub fn new(digest: &[u8]) -> Self {
        let key = SigningKey::from_bytes(&[7; 32]);
        Self { key: key.verifying_key(), signature: key.sign(digest) }
    }

    /// Maps the file, hashes it, verifies the signature of the hash, and loads the file by its path.
    ///
    /// Whoever changes the file between the last two steps has it loaded unverified.
    ///
    /// # Panics
    /// When it cannot be loaded, or somebody else has signed it.
    #[must_use]
    pub fn load(&self, path: &Path) -> Library {
        let file = File::open(path).expect("the library was built");
        let len = usize::try_from(file.metadata().expect("an open file has a length").len()).expect("it fits into memory");
        // SAFETY: the mapping is new, and nobody changes the file while the bench runs.
        let start =
            unsafe { mmap(ptr::null_mut(), len, ProtFlags::READ, MapFlags::PRIVATE, &file, 0) }.expect("a file is mapped");
        // SAFETY: as many bytes were mapped, and they are unmapped after the last use.
        let hash = Sha256::digest(unsafe { std::slice::from_raw_parts(start.cast::<u8>(), len) });
        // SAFETY: it was mapped above, and nothing refers to it any more.
        unsafe { munmap(start, len) }.expect("what was mapped is unmapped");
        self.key.verify_strict(&hash, &self.signature).expect("the digest was signed");
        load(path)
    }
}
