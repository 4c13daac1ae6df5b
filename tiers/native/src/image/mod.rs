//! Libraries as they are loaded: from sealed bytes, each content once, and never another one than was verified.
//!
//! The system's linker knows libraries by the text of their path. A path such as `/proc/self/fd/7` means another file as soon as the
//! descriptor 7 was closed and used again, and the linker would answer with the library that it has under that name. So an image keeps its
//! sealed copy for as long as the linker may know it, and after loading the memory map must show that what is mapped has the device and inode
//! of that copy. [`Image::contains`] tells addresses of this library from those of others.
//!
//! An image stays mapped until the process ends, unless [`Image::unload`] is asked to try; see [`crate::retire`] for why.

mod error;
mod link;
mod map;
mod threads;
mod unload;
mod variables;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::CStr;
use std::fmt;
use std::ops::Range;
use std::ptr::NonNull;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use keyway_manifest::shown;

use crate::audit::Audit;
use crate::file::{Digest, Sealed};

pub use error::LoadError;
pub(crate) use link::Link;
pub(crate) use map::{Mapping, read as read_map};
pub use threads::{LeftThread, Presence, Threads};
pub use unload::{Callback, Pin, Unloaded};

/// Whether this system tells what is mapped where. Others load without that check; see [`crate::platform`].
const HAS_MAP: bool = cfg!(any(target_os = "linux", target_os = "android"));

/// A loaded library. Whatever was taken from it must be gone before the last [`Arc`] of it is handed to [`Image::unload`].
pub struct Image {
    link: Link,
    /// The linker knows the library by the number of this copy's descriptor.
    sealed: Sealed,
    segments: Vec<Segment>,
    audit: Audit,
}

/// A part of an image in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Its addresses.
    pub addresses: Range<usize>,
    /// Whether it may be written.
    pub writable: bool,
    /// Whether it is code.
    pub executable: bool,
}

/// What this process knows of a content.
enum Known {
    Loaded(Arc<Image>),
    /// Given back to the linker, which has it still, under the number of this copy.
    Pinned(Sealed),
}

impl Known {
    fn sealed(&self) -> &Sealed {
        match self {
            Self::Loaded(image) => &image.sealed,
            Self::Pinned(sealed) => sealed,
        }
    }
}

static KNOWN: Mutex<BTreeMap<Digest, Known>> = Mutex::new(BTreeMap::new());

fn known() -> MutexGuard<'static, BTreeMap<Digest, Known>> {
    // A panic while it was locked cannot leave it half changed: each change is one insertion or removal.
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Image {
    /// Loads a sealed library, or answers with the image of the same content that is loaded already.
    ///
    /// The library's constructors run in this process, with all that the process may do: verify it before. A crash of theirs cannot be caught
    /// here; a [probe](crate::probe) finds it first.
    ///
    /// # Errors
    /// The linker refuses it (KW0740), it cannot be read (KW0741), it has what no library may have (KW0742, KW0743), or what was mapped is not
    /// what was sealed (KW0745, KW0746).
    pub fn open(sealed: Sealed) -> Result<Arc<Self>, LoadError> {
        let mut known = known();
        let digest = sealed.digest();
        let image = match known.remove(&digest) {
            Some(Known::Loaded(image)) => image,
            // Under its old number the linker finds it again; under another one it would have it twice.
            Some(Known::Pinned(old)) => Arc::new(Self::load(old)?),
            None => {
                forget_unmapped(&mut known);
                Arc::new(Self::load(sealed)?)
            }
        };
        known.insert(digest, Known::Loaded(Arc::clone(&image)));
        Ok(image)
    }

    fn load(sealed: Sealed) -> Result<Self, LoadError> {
        let origin = shown(sealed.origin());
        let audit = Audit::of(&sealed).map_err(|source| LoadError::Audit { origin: origin.clone(), source })?;
        let findings = audit.forbidden();
        if !findings.is_empty() {
            return Err(LoadError::Forbidden { origin, findings });
        }
        let path = sealed.load_path();
        let link = Link::open(&path).map_err(|err| LoadError::linker(&origin, &path, &err))?;
        let segments = if HAS_MAP { mapped(&sealed)? } else { Vec::new() };
        if HAS_MAP && segments.is_empty() {
            // Which library the linker gave is not known, so nothing of it may be asked. It stays open, as it is somebody's.
            return Err(LoadError::Stale { origin, digest: sealed.digest() });
        }
        Ok(Self { link, sealed, segments, audit })
    }

    /// The address of something that this library offers under a name; `None` if it does not, also when a library that it needs does.
    ///
    /// The address is good for as long as this handle or a clone of it lives. Whoever makes a reference of it keeps one beside it.
    #[must_use]
    pub fn address(&self, symbol: &CStr) -> Option<NonNull<()>> {
        self.link.address(symbol).filter(|address| self.contains(address.as_ptr().addr()))
    }

    /// Whether an address lies in a part of this library that comes from the sealed copy.
    ///
    /// What a library keeps beyond its file, variables that begin as zero, is not counted. On systems that do not tell what is mapped, every
    /// address is.
    #[must_use]
    pub fn contains(&self, address: usize) -> bool {
        !HAS_MAP || self.segments.iter().any(|segment| segment.addresses.contains(&address))
    }

    /// Whether an address lies in its code.
    fn is_code(&self, address: usize) -> bool {
        self.segments.iter().any(|segment| segment.executable && segment.addresses.contains(&address))
    }

    /// The parts of it in memory, by address. Empty on systems that do not tell.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The digest of the sealed copy.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.sealed.digest()
    }

    /// The sealed copy that it was loaded from.
    #[must_use]
    pub const fn sealed(&self) -> &Sealed {
        &self.sealed
    }

    /// What was read of it before it was loaded.
    #[must_use]
    pub const fn audit(&self) -> &Audit {
        &self.audit
    }

    /// The contents that are in memory, as images or as the remains of such that the linker keeps.
    #[must_use]
    pub fn in_memory() -> BTreeSet<Digest> {
        let mut known = known();
        forget_unmapped(&mut known);
        known.keys().copied().collect()
    }
}

impl fmt::Debug for Image {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let start = self.segments.first().map_or(0, |segment| segment.addresses.start);
        let digest = self.sealed.digest();
        formatter
            .debug_struct("Image")
            .field("digest", &digest)
            .field("origin", &self.sealed.origin())
            .field("start", &start)
            .finish_non_exhaustive()
    }
}

/// The parts of memory that come from a sealed copy.
fn mapped(sealed: &Sealed) -> Result<Vec<Segment>, LoadError> {
    let unreadable = |source| LoadError::MemoryMap { source };
    let file = map::id_of(sealed.file()).map_err(unreadable)?;
    let map = map::read().map_err(unreadable)?;
    Ok(map::of_file(&map, file).map(Segment::from).collect())
}

impl From<&Mapping> for Segment {
    fn from(mapping: &Mapping) -> Self {
        Self { addresses: mapping.range.clone(), writable: mapping.writable, executable: mapping.executable }
    }
}

/// Lets go of copies that the linker has unmapped since: it does so when the last thread that held a library has ended, but only
/// on the occasion of another call.
fn forget_unmapped(known: &mut BTreeMap<Digest, Known>) {
    if known.values().all(|known| matches!(known, Known::Loaded(_))) {
        return;
    }
    let Ok(map) = map::read() else { return };
    let files: BTreeSet<_> = map.iter().map(|mapping| mapping.file).collect();
    known.retain(|_, known| match known {
        Known::Loaded(_) => true,
        Known::Pinned(sealed) => map::id_of(sealed.file()).is_ok_and(|file| files.contains(&file)),
    });
}
