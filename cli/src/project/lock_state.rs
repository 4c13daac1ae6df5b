//! What a host's lock says of what a plugin asks for now.

use keyway_manifest::Descriptor;
use keyway_manifest::lock::{Extent, ParsedLock, Permissions, Verdict, permission_changes};

use super::Project;

/// Whether what a plugin asks for is approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LockState {
    /// It is not in the lock.
    Absent,
    /// Nobody has decided yet.
    Pending,
    /// It is approved.
    Approved,
    /// It asks for more than was approved.
    Wider,
    /// It asks for less than was approved.
    Narrower,
    /// The last day of its approval is over.
    Expired,
    /// It was refused.
    Denied,
    /// It was approved once, and no longer is.
    Revoked,
}

impl LockState {
    /// The word for it.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Wider => "wider",
            Self::Narrower => "narrower",
            Self::Expired => "expired",
            Self::Denied => "denied",
            Self::Revoked => "revoked",
        }
    }
}

impl Project {
    /// What the lock says of a plugin.
    pub(crate) fn lock_state(&self, lock: &ParsedLock, plugin: &Descriptor) -> LockState {
        let Some(entry) = lock.file.plugins.get(plugin.id.as_str()) else { return LockState::Absent };
        let Some(decision) = &entry.approval else { return LockState::Pending };
        match decision.verdict {
            Verdict::Denied => return LockState::Denied,
            Verdict::Revoked => return LockState::Revoked,
            Verdict::Approved => {}
        }
        let asked = Permissions::requested(plugin.permissions);
        let changes = permission_changes(&decision.permissions, &asked, &self.call.permissions);
        match changes.iter().map(|change| change.extent).max().unwrap_or(Extent::Same) {
            Extent::Wider => LockState::Wider,
            _ if decision.until.is_some_and(|day| day.days() < self.today) => LockState::Expired,
            Extent::Narrower => LockState::Narrower,
            Extent::Same => LockState::Approved,
        }
    }
}
