//! What the system says of a file's content without reading it: where it lies, how long it is, and when it changed.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What tells two contents of files apart without reading them: device, inode, length, and the times of the last change of the content and of
/// the entry.
///
/// Equal stamps mean that the file is most likely the same, never more: see [`DigestCache`](super::DigestCache).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stamp {
    pub(crate) device: u64,
    pub(crate) inode: u64,
    pub(crate) len: u64,
    /// Seconds and nanoseconds since 1970.
    pub(crate) modified: (i64, i64),
    pub(crate) changed: (i64, i64),
}

impl Stamp {
    /// The length of the file in bytes.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.len
    }

    /// Whether the file has no bytes.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether the last change is so long ago that a further one would show in the times, whose steps are those of the file system: up to two
    /// seconds.
    pub(crate) fn is_settled(&self, now: SystemTime) -> bool {
        const COARSEST: Duration = Duration::from_secs(2);
        let Ok(now) = now.duration_since(UNIX_EPOCH) else { return false };
        let latest = self.modified.max(self.changed);
        let Ok(seconds) = u64::try_from(latest.0) else { return true };
        Duration::from_secs(seconds).saturating_add(COARSEST) < now
    }
}
