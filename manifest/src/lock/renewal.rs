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
            if before.is_same_release(entry) {
                for (target, digests) in &before.artifacts {
                    entry.artifacts.entry(target.clone()).or_insert_with(|| digests.clone());
                }
            }
        }
        fresh
    }
}

impl LockEntry {
    /// Whether both are the same version, from the same source, with the same manifest: then libraries of the one are libraries of the other.
    #[must_use]
    pub fn is_same_release(&self, other: &Self) -> bool {
        (&self.version, &self.source, &self.checksum, &self.manifest)
            == (&other.version, &other.source, &other.checksum, &other.manifest)
    }
}
