//! `keyway.lock` as `const` data: which plugins a host was locked to, what of them was approved, and how strictly the host holds to it.

use std::time::SystemTime;

use crate::{Location, PluginId, Version};

/// A whole `keyway.lock`, as it was when the host was compiled.
#[derive(Debug, Clone, Copy)]
pub struct Lock {
    /// The plugins, sorted by id.
    pub plugins: &'static [LockedPlugin],
    /// The file as messages name it, relative to the workspace root, for example `host-app/keyway.lock`.
    pub file: &'static str,
    /// The day on which the host was compiled, in days since 1970-01-01 (UTC); approvals with an end are compared with it.
    pub today: u32,
}

/// One plugin of a lock.
#[derive(Debug, Clone, Copy)]
pub struct LockedPlugin {
    /// The plugin's identifier.
    pub id: PluginId,
    /// The version that was locked.
    pub version: Version,
    /// How the plugin is attached.
    pub tier: LockedTier,
    /// The digest of the plugin's manifest, `sha256:` and 64 hexadecimal digits.
    pub manifest: &'static str,
    /// The permissions that the approval is about, sorted by name; what the manifest asked for while the approval is pending.
    pub approved: &'static [LockedPermission],
    /// The digests of the plugin's libraries, sorted by target; empty when none were locked.
    pub artifacts: &'static [LockedArtifacts],
    /// What was decided about the permissions.
    pub approval: Approval,
    /// Where the plugin stands in the file.
    pub location: Location,
}

/// One permission of a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockedPermission {
    /// The permission's dotted name.
    pub name: &'static str,
    /// The scopes, sorted.
    pub scopes: &'static [&'static str],
    /// Whether the plugin copes without it.
    pub optional: bool,
}

/// The libraries of a plugin that were locked for one target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockedArtifacts {
    /// The target triple, for example `x86_64-unknown-linux-gnu`.
    pub target: &'static str,
    /// Digests of which one must be the library's, each with its scheme in front (`sha256:…`); schemes that are not known count for nothing.
    pub digests: &'static [&'static str],
}

/// How a locked plugin is attached to its host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LockedTier {
    /// It is linked into the program.
    Static,
    /// It is a shared library.
    Native,
}

/// What a person decided about the permissions of a plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Approval {
    /// Nobody has decided yet.
    Pending,
    /// They may be granted.
    Approved {
        /// Who approved, for example an e-mail address.
        by: &'static str,
        /// When, in RFC 3339 and UTC: `2026-11-21T18:00:00Z`.
        on: &'static str,
        /// The version of the plugin that was looked at.
        version: Version,
        /// The last day on which the approval holds; `None` when it has no end.
        until: Option<LockedDay>,
    },
    /// They were refused.
    Denied {
        /// Who refused.
        by: &'static str,
        /// When, as in [`Approved`](Self::Approved).
        on: &'static str,
        /// Why.
        reason: &'static str,
    },
    /// They were approved once, and no longer are.
    Revoked {
        /// Who took the approval back.
        by: &'static str,
        /// When, as in [`Approved`](Self::Approved).
        on: &'static str,
        /// Why.
        reason: &'static str,
    },
}

/// A day of the calendar (UTC), to compare and to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockedDay {
    /// Days since 1970-01-01.
    pub days: u32,
    /// The day as written: `2027-01-31`.
    pub text: &'static str,
}

/// How strictly a host holds to its lock: the table `[lock]` of `host.toml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockRules {
    /// Whether a build without a `keyway.lock` is refused. Without the file nothing is held to it.
    pub required: bool,
    /// Whether a plugin that asks for less than was approved passes, or needs a new approval.
    pub narrowing: LockAnswer,
    /// Whether another version of a plugin, with the same permissions, passes or needs a new approval.
    pub version: LockAnswer,
    /// Whether a library passes whatever its digest, or must be one of those that are locked for its target.
    pub artifacts: LockAnswer,
}

/// What becomes of a difference between a lock and what is built or loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LockAnswer {
    /// It passes.
    Pass,
    /// It is refused until somebody has approved or locked it.
    Ask,
}

impl Lock {
    /// The day (UTC) of a point in time, as [`today`](Self::today) counts days. Before 1970 it is 0.
    #[must_use]
    pub fn day(now: SystemTime) -> u32 {
        let seconds = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        u32::try_from(seconds / (24 * 60 * 60)).unwrap_or(u32::MAX)
    }

    /// Finds a plugin by its id.
    #[must_use]
    pub const fn find(&self, id: &PluginId) -> Option<&'static LockedPlugin> {
        let plugins = self.plugins;
        let mut index = 0;
        while index < plugins.len() {
            if plugins[index].id.same(id) {
                return Some(&plugins[index]);
            }
            index += 1;
        }
        None
    }
}

impl LockedPlugin {
    /// Finds the approved permission of a name.
    #[must_use]
    pub const fn permission(&self, name: &str) -> Option<&'static LockedPermission> {
        let approved = self.approved;
        let mut index = 0;
        while index < approved.len() {
            if crate::text::equal(approved[index].name, name) {
                return Some(&approved[index]);
            }
            index += 1;
        }
        None
    }
}

impl LockRules {
    /// What a `host.toml` without `[lock]` means: there need be no lock; less and newer pass, libraries are compared with their digests.
    pub const DEFAULT: Self =
        Self { required: false, narrowing: LockAnswer::Pass, version: LockAnswer::Pass, artifacts: LockAnswer::Ask };
}

impl LockAnswer {
    /// The word for it in `host.toml`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Ask => "ask",
        }
    }
}

impl LockedTier {
    /// The word for it in `keyway.lock`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Static => "static",
            Self::Native => "native",
        }
    }
}

impl Approval {
    /// The word for it in `keyway.lock`; `pending` stands for no decision there.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved { .. } => "approved",
            Self::Denied { .. } => "denied",
            Self::Revoked { .. } => "revoked",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plugins_and_permissions_are_found_by_name() {
        const READ: LockedPermission = LockedPermission { name: "filesystem.read", scopes: &["content/**"], optional: false };
        const MENU: LockedPlugin = LockedPlugin {
            id: PluginId::new("site.menu"),
            version: Version { major: 1, minor: 0, patch: 0, pre: "", build: "" },
            tier: LockedTier::Static,
            manifest: "",
            approved: &[READ],
            artifacts: &[],
            approval: Approval::Pending,
            location: Location::UNKNOWN,
        };
        const LOCK: Lock = Lock { plugins: &[MENU], file: "keyway.lock", today: 20_778 };
        const FOUND: Option<&LockedPlugin> = LOCK.find(&PluginId::new("site.menu"));
        assert_eq!(FOUND.and_then(|plugin| plugin.permission("filesystem.read")), Some(&READ));
        assert!(LOCK.find(&PluginId::new("site.menus")).is_none() && MENU.permission("filesystem.write").is_none());
    }
}
