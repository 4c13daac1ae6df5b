//! How the decision about a plugin stands today.

use keyway_manifest::LockAnswer;
use keyway_manifest::lock::{Day, Extent, LockEntry, PermissionChange, Verdict, permission_changes};

use crate::project::Project;

/// How the decision about a plugin stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Standing {
    /// What the plugin asks for is approved; perhaps more was, where the policy lets that pass.
    Approved,
    /// Nobody has decided.
    Pending,
    /// It asks for more than was approved.
    Wider(Vec<PermissionChange>),
    /// It asks for less than was approved, and the policy wants to be asked about that too.
    Narrower,
    /// Another version was approved, and the policy wants to be asked about each.
    OtherVersion,
    /// The approval ended with this day.
    Expired(Day),
    /// It was denied.
    Denied,
    /// The approval was taken back.
    Revoked,
}

impl Standing {
    /// The standing of an entry that says what the plugin asks for now, by the rules of the project's policy.
    pub(crate) fn of(entry: &LockEntry, project: &Project, today: Day) -> Self {
        let Some(decision) = &entry.approval else { return Self::Pending };
        match decision.verdict {
            Verdict::Denied => return Self::Denied,
            Verdict::Revoked => return Self::Revoked,
            Verdict::Approved => {}
        }
        let rules = &project.policy().lock;
        let mut changes = permission_changes(&decision.permissions, &entry.permissions, &project.call().permissions);
        let is_narrower = changes.iter().any(|change| change.extent == Extent::Narrower);
        changes.retain(|change| change.extent == Extent::Wider);
        match decision.until {
            _ if !changes.is_empty() => Self::Wider(changes),
            Some(day) if day < today => Self::Expired(day),
            _ if rules.version == LockAnswer::Ask && decision.version != entry.version => Self::OtherVersion,
            _ if rules.narrowing == LockAnswer::Ask && is_narrower => Self::Narrower,
            _ => Self::Approved,
        }
    }

    /// The word for it.
    pub(crate) const fn as_str(&self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Pending => "pending",
            Self::Wider(_) => "wider",
            Self::Narrower => "narrower",
            Self::OtherVersion => "other-version",
            Self::Expired(_) => "expired",
            Self::Denied => "denied",
            Self::Revoked => "revoked",
        }
    }

    /// Whether somebody has to decide before the plugin can be built in.
    pub(crate) const fn waits(&self) -> bool {
        matches!(self, Self::Pending | Self::Wider(_) | Self::Narrower | Self::OtherVersion | Self::Expired(_))
    }
}
