//! How the decision about a plugin stands today.

use keyway_manifest::lock::{Day, Extent, LockEntry, PermissionChange, Verdict, permission_changes};
use keyway_manifest::parse::ExtraPermission;

/// How the decision about a plugin stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Standing {
    /// What the plugin asks for is approved; perhaps more was.
    Approved,
    /// Nobody has decided.
    Pending,
    /// It asks for more than was approved.
    Wider(Vec<PermissionChange>),
    /// The approval ended with this day.
    Expired(Day),
    /// It was denied.
    Denied,
    /// The approval was taken back.
    Revoked,
}

impl Standing {
    /// The standing of an entry that says what the plugin asks for now.
    pub(crate) fn of(entry: &LockEntry, extra: &[ExtraPermission], today: Day) -> Self {
        let Some(decision) = &entry.approval else { return Self::Pending };
        match decision.verdict {
            Verdict::Denied => return Self::Denied,
            Verdict::Revoked => return Self::Revoked,
            Verdict::Approved => {}
        }
        let mut changes = permission_changes(&decision.permissions, &entry.permissions, extra);
        changes.retain(|change| change.extent == Extent::Wider);
        match decision.until {
            _ if !changes.is_empty() => Self::Wider(changes),
            Some(day) if day < today => Self::Expired(day),
            _ => Self::Approved,
        }
    }

    /// The word for it.
    pub(crate) const fn as_str(&self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Pending => "pending",
            Self::Wider(_) => "wider",
            Self::Expired(_) => "expired",
            Self::Denied => "denied",
            Self::Revoked => "revoked",
        }
    }

    /// Whether somebody has to decide before the plugin can be built in.
    pub(crate) const fn waits(&self) -> bool {
        matches!(self, Self::Pending | Self::Wider(_) | Self::Expired(_))
    }
}
