//! One reading of a file: into a copy, with everything that is computed of its bytes on the way.

use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::{self, Scope, ScopedJoinHandle};

use blake2::Blake2b512;
use sha2::Sha256;
use sha2::digest::{Digest as Hash, Output};

use super::digest::Digest;
use super::folder::unreadable;
use super::refusal::Refusal;
use super::rules::Limit;
use super::sealed::not_sealed;

/// Bytes read at a time: few enough to stay in the processor's cache from the reading to the writing.
const PIECE: usize = 128 << 10;
/// Pieces that a thread may be behind.
const BEHIND: usize = 8;
/// Bytes of a file for which threads of their own are worth it. On processors that others use too, a thread waits for some milliseconds until
/// it is its turn, which is as long as it takes to hash this many bytes.
const WORTH_THREADS: u64 = 4 << 20;

/// What is computed of a file besides its digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Besides {
    Nothing,
    /// The hash that signatures of minisign are over, BLAKE2b-512. It takes longer than the digest.
    Signed,
}

/// What was read.
pub(super) struct Content {
    pub(super) digest: Digest,
    pub(super) len: u64,
    /// The BLAKE2b-512 hash, when it was asked for.
    pub(super) signed: Option<[u8; 64]>,
}

/// Reads a source to its end, within a limit.
pub(super) struct Reading<'a> {
    pub(super) origin: &'a Path,
    pub(super) limit: Limit,
    /// About how many bytes there are; only how they are read depends on it.
    pub(super) expected: u64,
    pub(super) besides: Besides,
}

impl Reading<'_> {
    /// Writes what the source yields into a copy, and computes the digest of just these bytes. Each hash of a large file is computed by a
    /// thread, while this one reads and writes.
    pub(super) fn read(&self, source: &mut impl Read, copy: &mut impl Write) -> Result<Content, Refusal> {
        if self.expected < WORTH_THREADS {
            return self.alone(source, copy);
        }
        thread::scope(|scope| {
            let (back, spare) = channel();
            let digest = Hashing::<Sha256>::start(scope, &back);
            let signed = match self.besides {
                Besides::Nothing => Ok(None),
                Besides::Signed => Hashing::<Blake2b512>::start(scope, &back).map(Some),
            };
            let (Ok(digest), Ok(signed)) = (digest, signed) else {
                // No thread is to be had. Those that were started have nothing to do and end.
                return self.alone(source, copy);
            };
            let len = self.pass(source, copy, |piece| {
                let piece = Arc::new(piece);
                if let Some(signed) = &signed {
                    signed.take(&piece);
                }
                digest.take(&piece);
                drop(piece);
                // The last one to give a piece back leaves it to be filled again.
                let spare = spare.try_iter().find_map(|piece| Arc::try_unwrap(piece).ok());
                spare.unwrap_or_else(Piece::empty)
            });
            let (digest, signed) = (digest.finish(), signed.map(Hashing::finish));
            Ok(Content { digest: Digest::from_bytes(digest.into()), len: len?, signed: signed.map(Into::into) })
        })
    }

    /// The same on this thread alone.
    fn alone(&self, source: &mut impl Read, copy: &mut impl Write) -> Result<Content, Refusal> {
        let mut digest = Sha256::new();
        let mut signed = (self.besides == Besides::Signed).then(Blake2b512::new);
        let len = self.pass(source, copy, |piece| {
            digest.update(piece.filled());
            if let Some(signed) = &mut signed {
                signed.update(piece.filled());
            }
            piece
        })?;
        let signed = signed.map(|signed| signed.finalize().into());
        Ok(Content { digest: Digest::from_bytes(digest.finalize().into()), len, signed })
    }

    /// Reads and writes piece by piece. `next` takes each piece and answers with one to fill.
    fn pass(&self, source: &mut impl Read, copy: &mut impl Write, mut next: impl FnMut(Piece) -> Piece) -> Result<u64, Refusal> {
        let mut len = 0_u64;
        let mut piece = Piece::empty();
        loop {
            piece.len = match source.read(&mut piece.bytes) {
                Ok(0) => return Ok(len),
                Ok(count) => count,
                Err(problem) if problem.kind() == io::ErrorKind::Interrupted => continue,
                Err(problem) => return Err(unreadable(self.origin, &problem)),
            };
            len += piece.len as u64;
            if len > self.limit.bytes {
                return Err(self.limit.exceeded(self.origin, len));
            }
            copy.write_all(piece.filled()).map_err(|problem| not_sealed(self.origin, &problem))?;
            piece = next(piece);
        }
    }
}

/// A part of a file.
struct Piece {
    bytes: Vec<u8>,
    /// How many of the bytes are of the file.
    len: usize,
}

impl Piece {
    fn empty() -> Self {
        Self { bytes: vec![0; PIECE], len: 0 }
    }

    fn filled(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

/// A thread that hashes pieces in the order in which it gets them.
struct Hashing<'scope, H: Hash> {
    pieces: SyncSender<Arc<Piece>>,
    thread: ScopedJoinHandle<'scope, Output<H>>,
}

impl<'scope, H: Hash> Hashing<'scope, H> {
    fn start(scope: &'scope Scope<'scope, '_>, back: &Sender<Arc<Piece>>) -> io::Result<Self>
    where
        Output<H>: Send,
    {
        let (pieces, received) = sync_channel(BEHIND);
        let back = back.clone();
        let named = thread::Builder::new().name("keyway-hash".to_owned());
        let thread = named.spawn_scoped(scope, move || hash_all::<H>(&received, &back))?;
        Ok(Self { pieces, thread })
    }

    fn take(&self, piece: &Arc<Piece>) {
        // It takes pieces for as long as this exists; had it panicked, `finish` would say so.
        let _ = self.pieces.send(Arc::clone(piece));
    }

    fn finish(self) -> Output<H> {
        drop(self.pieces);
        self.thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

fn hash_all<H: Hash>(pieces: &Receiver<Arc<Piece>>, back: &Sender<Arc<Piece>>) -> Output<H> {
    let mut hash = H::new();
    for piece in pieces {
        hash.update(piece.filled());
        // After the last piece nobody fills it again.
        let _ = back.send(piece);
    }
    hash.finalize()
}

/// The BLAKE2b-512 hash of what a source yields.
pub(crate) fn blake2b(source: &mut impl Read) -> io::Result<[u8; 64]> {
    let mut hash = Blake2b512::new();
    let mut piece = Piece::empty();
    loop {
        match source.read(&mut piece.bytes) {
            Ok(0) => return Ok(hash.finalize().into()),
            Ok(count) => hash.update(&piece.bytes[..count]),
            Err(problem) if problem.kind() == io::ErrorKind::Interrupted => {}
            Err(problem) => return Err(problem),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Read, Write};
    use std::path::Path;

    use super::{Besides, Content, Digest, Limit, PIECE, Reading, Refusal, WORTH_THREADS, blake2b};

    fn read(source: &mut impl Read, copy: &mut impl Write, len: usize, besides: Besides) -> Result<Content, Refusal> {
        let (origin, expected) = (Path::new("lib.so"), len as u64);
        let limit = Limit { bytes: 8 << 20, set_by: None };
        Reading { origin, limit, expected, besides }.read(source, copy)
    }

    /// Yields bytes in pieces of changing lengths, with an interruption before each, and at the end a failure if there is to be one.
    struct Halting<'a> {
        bytes: &'a [u8],
        turn: usize,
        fails: bool,
    }

    impl Read for Halting<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            self.turn += 1;
            if self.turn % 2 == 1 {
                return Err(io::ErrorKind::Interrupted.into());
            }
            if self.bytes.is_empty() && self.fails {
                return Err(io::Error::other("the disk is gone"));
            }
            let count = into.len().min(self.bytes.len()).min(1 + self.turn * 7_919 % PIECE);
            let (now, later) = self.bytes.split_at(count);
            into[..count].copy_from_slice(now);
            self.bytes = later;
            Ok(count)
        }
    }

    fn bytes(len: usize) -> Vec<u8> {
        (0..len).map(|place| (place.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
    }

    #[test]
    fn all_hashes_are_of_what_was_written_however_it_is_read() {
        let worth = usize::try_from(WORTH_THREADS).unwrap();
        for len in [0, 1, PIECE, PIECE + 1, worth - 1, worth, worth + 1, 50 * PIECE + 3] {
            let bytes = bytes(len);
            for besides in [Besides::Nothing, Besides::Signed] {
                let mut copy = Vec::new();
                let content = read(&mut Halting { bytes: &bytes, turn: 0, fails: false }, &mut copy, len, besides).unwrap();
                assert!(copy == bytes, "{len}");
                assert_eq!((content.digest, content.len), (Digest::of(&bytes), len as u64));
                let signed = (besides == Besides::Signed).then(|| blake2b(&mut bytes.as_slice()).unwrap());
                assert_eq!(content.signed, signed, "{len}");
            }
        }
    }

    #[test]
    fn a_file_may_be_longer_or_shorter_than_it_said() {
        for (said, is) in [(0, 5 << 20), (5 << 20, 0), (5 << 20, 1 << 20)] {
            let bytes = bytes(is);
            let content = read(&mut bytes.as_slice(), &mut io::sink(), said, Besides::Signed).unwrap();
            assert_eq!((content.digest, content.len), (Digest::of(&bytes), is as u64));
            assert_eq!(content.signed.unwrap(), blake2b(&mut bytes.as_slice()).unwrap());
        }
    }

    #[test]
    fn what_fails_on_the_way_is_told() {
        let whole = bytes(9 << 20);
        for len in [1, 5 << 20] {
            let mut failing = Halting { bytes: &whole[..len], turn: 0, fails: true };
            let refused = read(&mut failing, &mut io::sink(), len, Besides::Signed).err().unwrap();
            assert!(refused.message().contains("the disk is gone"), "{refused}");
            let mut full = [0_u8; 1 << 20];
            let refused = read(&mut &*whole, &mut full.as_mut_slice(), len, Besides::Signed).err().unwrap();
            assert_eq!(refused.code(), "KW0727", "{refused}");
            let refused = read(&mut &*whole, &mut io::sink(), len, Besides::Nothing).err().unwrap();
            assert!(refused.message().ends_with("and 8388608 are the limit"), "{refused}");
        }
    }

    #[test]
    fn the_hash_of_a_signature_is_blake2b() {
        // RFC 7693, appendix A: the beginning and the end of it.
        let hash = blake2b(&mut b"abc".as_slice()).unwrap();
        assert_eq!(hash[..8], [0xba, 0x80, 0xa5, 0x3f, 0x98, 0x1c, 0x4d, 0x0d]);
        assert_eq!(hash[56..], [0xb9, 0x23, 0x86, 0xed, 0xd4, 0x00, 0x99, 0x23]);
    }
}
