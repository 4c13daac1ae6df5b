//! A library read once into a copy that nobody can change: what is verified is what is loaded.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock, Weak};

use keyway_manifest::shown;

use super::digest::Digest;
use super::reading::{Besides, Content, Reading, blake2b};
use super::refusal::{Reason, Refusal, Refusals};
use super::rules::Limit;
use crate::platform::{self, Copy, Frozen};

/// A copy of a library that nobody can change, and its digest, computed from the bytes of the copy as they were written.
///
/// On Linux the copy is a memory file with all seals. Whoever loads it must keep it for as long as the process lives: the system's loader
/// knows libraries by the text of their path, and the number of a closed file is used again. See [`load_path`](Self::load_path). Clones are
/// the same copy.
#[derive(Debug, Clone)]
pub struct Sealed {
    copy: Arc<Sealing>,
    origin: PathBuf,
    notes: Vec<Refusal>,
}

/// The copy itself, and what was computed of its bytes.
#[derive(Debug)]
pub(super) struct Sealing {
    frozen: Frozen,
    digest: Digest,
    len: u64,
    signed: OnceLock<[u8; 64]>,
}

impl Sealing {
    pub(super) const fn digest(&self) -> Digest {
        self.digest
    }
}

impl Sealed {
    /// Seals bytes that are in memory already, for example out of an archive. `origin` only serves messages.
    ///
    /// # Errors
    /// KW0727 when no sealed copy can be made.
    pub fn from_bytes(bytes: &[u8], origin: impl Into<PathBuf>) -> Result<Self, Refusals> {
        let limit = Limit { bytes: u64::MAX, set_by: None };
        let reading = Reading { origin: &origin.into(), limit, expected: bytes.len() as u64, besides: Besides::Nothing };
        Self::read(&reading, &mut &*bytes, Vec::new())
    }

    pub(super) fn read(reading: &Reading<'_>, source: &mut impl Read, notes: Vec<Refusal>) -> Result<Self, Refusals> {
        let origin = reading.origin;
        let name = origin.file_name().unwrap_or_default().to_string_lossy();
        let mut copy = Copy::new(&name).map_err(|problem| not_sealed(origin, &problem))?;
        let Content { digest, len, signed } = reading.read(source, &mut copy)?;
        let frozen = copy.freeze().map_err(|problem| not_sealed(origin, &problem))?;
        let signed = signed.map_or_else(OnceLock::new, OnceLock::from);
        Ok(Self { copy: Arc::new(Sealing { frozen, digest, len, signed }), origin: origin.to_owned(), notes })
    }

    /// The same copy, found again at a path.
    pub(super) const fn again(copy: Arc<Sealing>, origin: PathBuf, notes: Vec<Refusal>) -> Self {
        Self { copy, origin, notes }
    }

    /// The copy, for as long as somebody else keeps it.
    pub(super) fn downgrade(&self) -> Weak<Sealing> {
        Arc::downgrade(&self.copy)
    }

    /// Takes another copy of the same bytes in place of its own.
    pub(super) fn share(&mut self, copy: Arc<Sealing>) {
        debug_assert_eq!(copy.digest, self.copy.digest, "the copies are equal");
        self.copy = copy;
    }

    /// The digest of the copy.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.copy.digest
    }

    /// The hash of the copy that signatures of minisign are over, computed once.
    ///
    /// # Errors
    /// KW0727 when the system cannot read the copy.
    pub(crate) fn signed_hash(&self) -> Result<[u8; 64], Refusal> {
        if let Some(hash) = self.copy.signed.get() {
            return Ok(*hash);
        }
        let hash = blake2b(&mut self.reader()).map_err(|problem| not_sealed(&self.origin, &problem))?;
        Ok(*self.copy.signed.get_or_init(|| hash))
    }

    /// The length in bytes.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.copy.len
    }

    /// Whether the file had no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where the file lay when it was read. It is never looked at again.
    #[must_use]
    pub fn origin(&self) -> &Path {
        &self.origin
    }

    /// What is to be told of the file without refusing it, for example that it has further names.
    #[must_use]
    pub fn notes(&self) -> &[Refusal] {
        &self.notes
    }

    /// The copy itself, for its device and inode.
    #[must_use]
    pub fn file(&self) -> &File {
        self.copy.frozen.file()
    }

    /// The path by which the system's loader finds the copy: `/proc/self/fd/N` on Linux. Good only while this value lives.
    #[must_use]
    pub fn load_path(&self) -> PathBuf {
        self.copy.frozen.load_path()
    }

    /// Reads the copy from its beginning. Each reader has a position of its own.
    #[must_use]
    pub const fn reader(&self) -> SealedReader<'_> {
        SealedReader { sealed: self, position: 0 }
    }

    /// All of the copy's bytes.
    ///
    /// # Errors
    /// KW0727 when the system cannot read the copy, which it always can while there is memory.
    pub fn bytes(&self) -> Result<Vec<u8>, Refusals> {
        let mut bytes = Vec::with_capacity(usize::try_from(self.len()).unwrap_or(0));
        self.reader().read_to_end(&mut bytes).map_err(|problem| not_sealed(&self.origin, &problem))?;
        Ok(bytes)
    }
}

/// Reads a [`Sealed`] copy.
pub struct SealedReader<'a> {
    sealed: &'a Sealed,
    position: u64,
}

impl Read for SealedReader<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let count = platform::read_at(self.sealed.file(), bytes, self.position)?;
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for SealedReader<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(distance) => self.sealed.len().checked_add_signed(distance),
            SeekFrom::Current(distance) => self.position.checked_add_signed(distance),
        };
        self.position = position.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.position)
    }
}

impl fmt::Debug for SealedReader<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SealedReader").field("digest", &self.sealed.digest()).field("position", &self.position).finish()
    }
}

pub(super) fn not_sealed(path: &Path, problem: &io::Error) -> Refusal {
    let help = if problem.kind() == io::ErrorKind::PermissionDenied {
        "allow memory files that may be executed: `sysctl vm.memfd_noexec=1`"
    } else {
        "see that there is memory left, and that `/proc/sys/vm/memfd_noexec` is not 2"
    };
    Refusal::new(Reason::NotSealed, format!("no sealed copy of `{}` can be made: {problem}", shown(path)), help)
}
