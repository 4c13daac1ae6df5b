//! What a `keyway.lock` says, as values that can be changed and written again.

use std::collections::{BTreeMap, BTreeSet};

use super::calendar::{Day, Moment};
use super::digest::Digest;
use super::permissions::Permissions;
use super::source::PluginSource;
use crate::LockedTier;

/// A `keyway.lock`. The default is that of a host without plugins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LockFile {
    /// The ids of the plugins that the default features bring, in the order in which they start.
    pub order: Vec<String>,
    /// Every plugin that the host depends on, by its id.
    pub plugins: BTreeMap<String, LockEntry>,
}

/// One plugin of a lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockEntry {
    /// The plugin's version.
    pub version: String,
    /// The Cargo package that holds it.
    pub package: String,
    /// Where that package comes from.
    pub source: PluginSource,
    /// The digest of the package in its registry, from Cargo.lock; only with [`PluginSource::Registry`].
    pub checksum: Option<Digest>,
    /// How the plugin is attached.
    pub tier: LockedTier,
    /// The digest of its manifest: [`Digest::of_manifest`].
    pub manifest: Digest,
    /// What its manifest asks for.
    pub permissions: Permissions,
    /// The digests of its libraries, a set for each target triple.
    pub artifacts: BTreeMap<String, BTreeSet<Digest>>,
    /// What was decided about its permissions; `None` while that is pending.
    pub approval: Option<Decision>,
}

/// What a person decided about a plugin's permissions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What was decided.
    pub verdict: Verdict,
    /// The permissions that it was decided about; the file shows them when the plugin asks for others by now.
    pub permissions: Permissions,
    /// The plugin's version at that time.
    pub version: String,
    /// Who decided, for example an e-mail address.
    pub by: String,
    /// When.
    pub on: Moment,
    /// Why; may be left out only when it was approved.
    pub reason: Option<String>,
    /// The last day on which an approval holds; `None` when it has no end.
    pub until: Option<Day>,
}

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// The permissions may be granted.
    Approved,
    /// They may not.
    Denied,
    /// They were approved once, and no longer are.
    Revoked,
}

impl Verdict {
    /// The word for it in the file.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Denied => "denied",
            Self::Revoked => "revoked",
        }
    }
}
