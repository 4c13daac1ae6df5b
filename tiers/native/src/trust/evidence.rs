//! What there is to verify a library with: what it says of itself, what lies beside it, and what the lock knows.

use std::ffi::OsStr;

use super::Versions;
use super::checksums::Checksums;
use crate::file::{Digest, Folder, Refusal, Refusals, Whole, signature_of};

/// The name of the manifest beside a library.
pub const MANIFEST: &str = "plugin.toml";
/// Bytes of a manifest at most, as when it is compiled.
const LARGEST_MANIFEST: u64 = 64 << 10;
/// Bytes of a file of checksums at most: about two thousand files.
const LARGEST_CHECKSUMS: u64 = 256 << 10;
/// Bytes of a signature at most: more than minisign can write.
const LARGEST_SIGNATURE: u64 = 16 << 10;

/// What lies beside a library, each file read once.
#[derive(Debug, Clone, Default)]
pub struct Beside {
    /// The name of the library in the folder.
    pub library: String,
    /// plugin.toml.
    pub manifest: Option<Whole>,
    /// SHA256SUMS.
    pub checksums: Option<Checksums>,
    /// The signature in `<name of the library>.minisig`.
    pub signature: Option<Whole>,
}

impl Beside {
    /// Reads what lies in a folder beside a library; what is not there is `None`.
    ///
    /// # Errors
    /// KW0720 to KW0727 for each file that is there and not to be used, KW0729 when SHA256SUMS cannot be understood; all at once.
    pub fn read(folder: &Folder, library: &OsStr) -> Result<Self, Refusals> {
        let mut found: Vec<Refusal> = Vec::new();
        let mut read = |name: &OsStr, largest: u64| match folder.read(name, largest) {
            Ok(whole) => whole,
            Err(refusals) => {
                found.extend(refusals);
                None
            }
        };
        let manifest = read(MANIFEST.as_ref(), LARGEST_MANIFEST);
        let checksums = read(Checksums::FILE.as_ref(), LARGEST_CHECKSUMS);
        let signature = read(&signature_of(library), LARGEST_SIGNATURE);
        let checksums = match checksums.map(|whole| Checksums::parse(&whole.bytes)).transpose() {
            Ok(checksums) => checksums,
            Err(refusal) => {
                found.push(refusal);
                None
            }
        };
        // A name that is not UTF-8 is in no list of checksums, whatever its replacement is.
        let library = library.to_string_lossy().into_owned();
        Refusals::unless_any(found, Self { library, manifest, checksums, signature })
    }
}

/// What a plugin says of itself, from the record in the sealed library.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// The plugin's id.
    pub id: &'a str,
    /// Its version.
    pub version: &'a str,
    /// The target that it was compiled for.
    pub target: &'a str,
    /// The digest of the manifest's text in the record, if plugin.toml beside the library is to be the same.
    pub manifest: Option<Digest>,
}

/// The digests that a lock file has for a plugin: texts such as `sha256:…`. A file must have one of them; texts of other forms are those of a newer
/// version and count for nothing. An empty list asks for nothing.
#[derive(Debug, Clone, Default)]
pub struct Locked {
    /// Of the library. Several, when it is locked for several targets.
    pub library: Vec<String>,
    /// Of plugin.toml.
    pub manifest: Vec<String>,
}

/// Everything that a library is verified with.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// What the plugin says of itself.
    pub claim: Claim<'a>,
    /// What lies beside the library.
    pub beside: &'a Beside,
    /// What the lock knows.
    pub locked: &'a Locked,
    /// The versions that ran here before; `None` for a host that keeps no data.
    pub versions: Option<&'a Versions>,
}
