//! Brings a lock up to date: what is built now, with what was decided before.

use super::model::{LockEntry, LockFile};

impl LockFile {
    /// Takes over into `fresh`, which says what the host is made of now, what only this lock knows: every decision, about the permissions
    /// that it was made about, and the digests of libraries of targets that `fresh` has none for.
    ///
    /// Digests are taken over only while a plugin's version, source and manifest stay the same: a library of another version is another
    /// library. Nothing is approved here, and a decision that no longer fits what a plugin asks for stays as it was made.
    #[must_use]
    pub fn renewed(&self, mut fresh: Self) -> Self {
        for (id, entry) in &mut fresh.plugins {
            let Some(before) = self.plugins.get(id) else { continue };
            entry.approval.clone_from(&before.approval);
            if is_same_release(before, entry) {
                for (target, digests) in &before.artifacts {
                    entry.artifacts.entry(target.clone()).or_insert_with(|| digests.clone());
                }
            }
        }
        fresh
    }
}

fn is_same_release(before: &LockEntry, now: &LockEntry) -> bool {
    let release =
        |entry: &LockEntry| (entry.version.clone(), entry.source.clone(), entry.checksum.clone(), entry.manifest.clone());
    release(before) == release(now)
}
