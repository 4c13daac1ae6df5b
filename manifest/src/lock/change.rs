//! How two locks differ, as data: what got wider, what got narrower, and what else changed. Order and spelling are no difference.

use std::collections::{BTreeMap, BTreeSet};

use super::digest::Digest;
use super::model::{Decision, LockEntry, LockFile};
use super::order::{OrderDifferences, order_differences};
use super::permissions::{Permission, Permissions};
use super::source::PluginSource;
use crate::parse::{ExtraPermission, PermissionNames};
use crate::{LockedTier, ScopeKind, scope_covers};

/// All in which one lock differs from another. [`Display`](std::fmt::Display) gives the text that people read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LockDifferences {
    /// The plugins that differ, sorted by id.
    pub plugins: Vec<PluginDifferences>,
    /// How the start order differs, beyond plugins that were added or removed.
    pub order: OrderDifferences,
}

/// In what one plugin differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginDifferences {
    /// The plugin's id.
    pub id: String,
    /// What changed, at least one.
    pub changes: Vec<Change>,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// The plugin is new; no other change stands beside this one.
    Added(Box<LockEntry>),
    /// The plugin is gone; no other change stands beside this one.
    Removed(Box<LockEntry>),
    /// What it asks for.
    Permission(PermissionChange),
    /// Its version.
    Version {
        /// Before.
        from: String,
        /// Now.
        to: String,
    },
    /// The package that holds it.
    Package {
        /// Before.
        from: String,
        /// Now.
        to: String,
    },
    /// Where its package comes from, or the package's digest there.
    Source {
        /// Before, with the checksum.
        from: (PluginSource, Option<Digest>),
        /// Now.
        to: (PluginSource, Option<Digest>),
    },
    /// How it is attached.
    Tier {
        /// Before.
        from: LockedTier,
        /// Now.
        to: LockedTier,
    },
    /// Its manifest, in whatever: reasons, limits and requirements are there too.
    Manifest {
        /// Before.
        from: Digest,
        /// Now.
        to: Digest,
    },
    /// The libraries of one target.
    Artifacts {
        /// The target triple.
        target: String,
        /// Digests that are new.
        added: BTreeSet<Digest>,
        /// Digests that are gone.
        removed: BTreeSet<Digest>,
    },
    /// What was decided about its permissions.
    Approval {
        /// Before; `None` for pending.
        from: Option<Box<Decision>>,
        /// Now.
        to: Option<Box<Decision>>,
    },
}

/// How what is asked for compares with what was asked for, or approved, before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Extent {
    /// The same, though it may be written otherwise.
    Same,
    /// Less.
    Narrower,
    /// More, whatever else is less.
    Wider,
}

/// How one permission changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PermissionChange {
    /// The permission's name.
    pub name: String,
    /// Whether that is more or less.
    pub extent: Extent,
    /// Scopes that no scope of before covers.
    pub gained: Vec<String>,
    /// Scopes of before that no scope of now covers.
    pub lost: Vec<String>,
    /// Before; `None` when it was not asked for.
    pub from: Option<Permission>,
    /// Now; `None` when it is no longer asked for.
    pub to: Option<Permission>,
}

impl LockDifferences {
    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.plugins.is_empty() && self.order.is_empty()
    }

    /// Whether plugins ask for more or less together: a new plugin that asks for anything is more.
    #[must_use]
    pub fn extent(&self) -> Extent {
        self.plugins.iter().flat_map(|plugin| &plugin.changes).map(Change::extent).max().unwrap_or(Extent::Same)
    }
}

impl Change {
    /// Whether it is more or less that is asked for; [`Extent::Same`] when the change is about something else.
    #[must_use]
    pub fn extent(&self) -> Extent {
        match self {
            Self::Added(entry) if !entry.permissions.is_empty() => Extent::Wider,
            Self::Removed(entry) if !entry.permissions.is_empty() => Extent::Narrower,
            Self::Permission(change) => change.extent,
            _ => Extent::Same,
        }
    }
}

/// Compares two locks. `extra` are the permissions that the host's SDK declares; a scope of a permission that nobody knows covers itself
/// alone.
#[must_use]
pub fn differences(from: &LockFile, to: &LockFile, extra: &[ExtraPermission]) -> LockDifferences {
    let ids: BTreeSet<&String> = from.plugins.keys().chain(to.plugins.keys()).collect();
    let plugins = ids.into_iter().filter_map(|id| {
        let changes = match (from.plugins.get(id), to.plugins.get(id)) {
            (Some(from), Some(to)) => entry_changes(from, to, extra),
            (None, Some(to)) => vec![Change::Added(Box::new(to.clone()))],
            (Some(from), None) => vec![Change::Removed(Box::new(from.clone()))],
            (None, None) => Vec::new(),
        };
        (!changes.is_empty()).then(|| PluginDifferences { id: id.clone(), changes })
    });
    LockDifferences { plugins: plugins.collect(), order: order_differences(from, to) }
}

fn entry_changes(from: &LockEntry, to: &LockEntry, extra: &[ExtraPermission]) -> Vec<Change> {
    let mut changes: Vec<Change> =
        permission_changes(&from.permissions, &to.permissions, extra).into_iter().map(Change::Permission).collect();
    if from.version != to.version {
        changes.push(Change::Version { from: from.version.clone(), to: to.version.clone() });
    }
    if from.package != to.package {
        changes.push(Change::Package { from: from.package.clone(), to: to.package.clone() });
    }
    let source = |entry: &LockEntry| (entry.source.clone(), entry.checksum.clone());
    if source(from) != source(to) {
        changes.push(Change::Source { from: source(from), to: source(to) });
    }
    if from.tier != to.tier {
        changes.push(Change::Tier { from: from.tier, to: to.tier });
    }
    if from.manifest != to.manifest {
        changes.push(Change::Manifest { from: from.manifest.clone(), to: to.manifest.clone() });
    }
    changes.extend(artifact_changes(&from.artifacts, &to.artifacts));
    if from.approval != to.approval {
        let boxed = |entry: &LockEntry| entry.approval.clone().map(Box::new);
        changes.push(Change::Approval { from: boxed(from), to: boxed(to) });
    }
    changes
}

fn artifact_changes<'a>(
    from: &'a BTreeMap<String, BTreeSet<Digest>>,
    to: &'a BTreeMap<String, BTreeSet<Digest>>,
) -> impl Iterator<Item = Change> + use<'a> {
    let targets: BTreeSet<&String> = from.keys().chain(to.keys()).collect();
    targets.into_iter().filter_map(|target| {
        let (from, to) = (from.get(target), to.get(target));
        let beyond = |one: Option<&BTreeSet<Digest>>, other: Option<&BTreeSet<Digest>>| -> BTreeSet<Digest> {
            let is_new = |digest: &&Digest| other.is_none_or(|other| !other.contains(*digest));
            one.into_iter().flatten().filter(is_new).cloned().collect()
        };
        (from != to).then(|| Change::Artifacts { target: target.clone(), added: beyond(to, from), removed: beyond(from, to) })
    })
}

/// Compares two sets of permissions, for example what was approved with what is asked for. What is written the same is left out.
///
/// ```
/// use keyway_manifest::lock::{Extent, Permission, Permissions, permission_changes};
///
/// let of = |scopes: &[&str]| {
///     let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
///     let mut permissions = Permissions::default();
///     permissions.by_name.insert("filesystem.read".to_owned(), Permission { scopes, optional: false });
///     permissions
/// };
/// let approved = of(&["content/**"]);
/// assert_eq!(permission_changes(&approved, &of(&["content/blog/*"]), &[])[0].extent, Extent::Narrower);
/// assert_eq!(permission_changes(&approved, &of(&["content/blog/*", "theme/*"]), &[])[0].gained, ["theme/*"]);
/// ```
#[must_use]
pub fn permission_changes(from: &Permissions, to: &Permissions, extra: &[ExtraPermission]) -> Vec<PermissionChange> {
    let names: BTreeSet<&String> = from.by_name.keys().chain(to.by_name.keys()).collect();
    let changed = names.into_iter().filter_map(|name| {
        let (from, to) = (from.by_name.get(name), to.by_name.get(name));
        let kind = PermissionNames { extra }.scope_kind(name);
        (from != to).then(|| permission_change(name, from, to, kind))
    });
    changed.collect()
}

fn permission_change(
    name: &str,
    from: Option<&Permission>,
    to: Option<&Permission>,
    kind: Option<ScopeKind>,
) -> PermissionChange {
    let (gained, lost) = (uncovered(to, from, kind), uncovered(from, to, kind));
    let extent = match (from, to) {
        (None, _) => Extent::Wider,
        (_, None) => Extent::Narrower,
        (Some(from), Some(to)) if !gained.is_empty() || (from.optional && !to.optional) => Extent::Wider,
        (Some(from), Some(to)) if !lost.is_empty() || (!from.optional && to.optional) => Extent::Narrower,
        _ => Extent::Same,
    };
    PermissionChange { name: name.to_owned(), extent, gained, lost, from: from.cloned(), to: to.cloned() }
}

/// The scopes of one that no scope of the other covers.
fn uncovered(scopes: Option<&Permission>, by: Option<&Permission>, kind: Option<ScopeKind>) -> Vec<String> {
    let covers = |allowed: &str, scope: &str| allowed == scope || kind.is_some_and(|kind| scope_covers(kind, allowed, scope));
    let is_covered = |scope: &&String| by.is_some_and(|by| by.scopes.iter().any(|allowed| covers(allowed, scope)));
    scopes.into_iter().flat_map(|permission| &permission.scopes).filter(|scope| !is_covered(scope)).cloned().collect()
}
