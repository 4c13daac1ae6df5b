//! The sealed copies in use, by what the system says of the files that they were read from.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::SystemTime;

use super::folder::{Folder, Look};
use super::refusal::Refusals;
use super::sealed::{Sealed, Sealing};
use super::stamp::Stamp;

/// The sealed copies that somebody keeps, so that a file which has not changed is neither read nor hashed again.
///
/// What is answered is always a copy whose digest was computed as it was written: what is verified is what is loaded, whether or not it was
/// read just now. A file that changes without another [`Stamp`], as described at [`DigestCache`](super::DigestCache), is taken for the
/// one that it was, and then that one is loaded, which was verified.
///
/// ```no_run
/// use std::sync::Arc;
///
/// use keyway_native::{Copies, FileRules, Folder};
///
/// let copies = Arc::new(Copies::new());
/// let folder = Folder::open("extensions".as_ref(), FileRules::default())?.sharing(&copies);
/// let library = folder.seal("libsite_sitemap.so".as_ref())?;
/// // The file is looked at, and not read, for as long as `library` or a clone of it is kept.
/// let again = folder.seal("libsite_sitemap.so".as_ref())?;
/// assert_eq!(again.digest(), library.digest());
/// # Ok::<(), keyway_native::Refusals>(())
/// ```
#[derive(Debug, Default)]
pub struct Copies(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    /// Each file whose times have settled, and the copy of its bytes.
    stamped: BTreeMap<Stamp, Weak<Sealing>>,
    /// All copies; few enough to look through, as nobody loads thousands of libraries.
    copies: Vec<Weak<Sealing>>,
    spared: u64,
}

impl Copies {
    /// Knows no copies yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a library of a folder, unless a copy of it is kept. The file and its folders are checked either way.
    pub(super) fn seal(&self, folder: &Folder, name: &OsStr) -> Result<Sealed, Refusals> {
        let Look { stamp, path, notes } = folder.look(name)?;
        if let Some(copy) = self.kept().known(&stamp) {
            return Ok(Sealed::again(copy, path, notes));
        }
        let begun = SystemTime::now();
        let (stamp, mut sealed) = folder.seal_stamped(name)?;
        self.kept().keep(stamp.is_settled(begun).then_some(stamp), &mut sealed);
        Ok(sealed)
    }

    /// How often a library was not read.
    #[must_use]
    pub fn spared(&self) -> u64 {
        self.kept().spared
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // Each change is one insertion or removal, so a panic leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn known(&mut self, stamp: &Stamp) -> Option<Arc<Sealing>> {
        let copy = self.stamped.get(stamp)?.upgrade()?;
        self.spared += 1;
        Some(copy)
    }

    /// Remembers what was read, as another copy of the same bytes if there is one: that one is in service, and lives for longer.
    fn keep(&mut self, stamp: Option<Stamp>, sealed: &mut Sealed) {
        self.stamped.retain(|_, copy| copy.strong_count() > 0);
        self.copies.retain(|copy| copy.strong_count() > 0);
        match self.copies.iter().filter_map(Weak::upgrade).find(|copy| copy.digest() == sealed.digest()) {
            Some(copy) => sealed.share(copy),
            None => self.copies.push(sealed.downgrade()),
        }
        if let Some(stamp) = stamp {
            self.stamped.insert(stamp, sealed.downgrade());
        }
    }
}
