//! What the resolver can find wrong with a graph, as data that fits into a constant.

use super::Code;
use crate::{
    Conflict, Descriptor, EventEntry, Location, LockedPermission, LockedPlugin, PermissionRequest, PolicyRule, Provision,
    Requirement, Version,
};

/// One thing that is wrong with a graph. Both parties are at hand, so a tool can act on it without reading the text.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Problem {
    /// KW0301: a required plugin is present in a version outside the range.
    WrongVersion {
        /// The plugin that requires.
        plugin: &'static Descriptor,
        /// What it requires.
        requirement: &'static Requirement,
        /// The plugin that is there instead.
        found: &'static Descriptor,
    },
    /// KW0302: a required plugin is not in the build.
    MissingPlugin {
        /// The plugin that requires.
        plugin: &'static Descriptor,
        /// What it requires.
        requirement: &'static Requirement,
    },
    /// KW0303: an optional requirement, on a plugin or a service, is present in a version outside the range.
    WrongOptionalVersion {
        /// The plugin that requires.
        plugin: &'static Descriptor,
        /// What it would use.
        requirement: &'static Requirement,
        /// The plugin that is there, or that provides the service.
        found: &'static Descriptor,
        /// The version of the plugin or of the service.
        version: Version,
    },
    /// KW0304: a plugin is present that another cannot be together with.
    Conflict {
        /// The plugin whose manifest names the conflict.
        plugin: &'static Descriptor,
        /// The line that names it.
        conflict: &'static Conflict,
        /// The plugin it conflicts with.
        other: &'static Descriptor,
    },
    /// KW0305: two plugins carry the same id.
    DuplicateId {
        /// The first, by package name.
        first: &'static Descriptor,
        /// Another.
        second: &'static Descriptor,
    },
    /// KW0306: plugins wait for each other in a ring, and requirements take part in it.
    Cycle {
        /// The way round, starting at the least id.
        ring: Ring,
    },
    /// KW0307: a service that one plugin provides exclusively has another provider.
    ExclusiveService {
        /// The exclusive provider.
        plugin: &'static Descriptor,
        /// Its line.
        provision: &'static Provision,
        /// The other provider.
        other: &'static Descriptor,
        /// The other's line.
        other_provision: &'static Provision,
    },
    /// KW0308: a required service has no provider.
    MissingService {
        /// The plugin that requires.
        plugin: &'static Descriptor,
        /// The service it requires.
        requirement: &'static Requirement,
    },
    /// KW0309: a required service is provided, but in no version that fits.
    WrongServiceVersion {
        /// The plugin that requires.
        plugin: &'static Descriptor,
        /// The service it requires.
        requirement: &'static Requirement,
        /// The first provider by id.
        provider: &'static Descriptor,
        /// What it provides.
        provision: &'static Provision,
        /// How many other providers there are, none of which fits.
        others: usize,
    },
    /// KW0310: a plugin was written for another version of the SDK.
    WrongHost {
        /// The plugin.
        plugin: &'static Descriptor,
    },
    /// KW0311: order hints alone contradict each other.
    OrderContradiction {
        /// The way round, starting at the least id.
        ring: Ring,
    },
    /// KW0312: a rule of the policy denies what a plugin cannot do without.
    PermissionDenied {
        /// The plugin that asks.
        plugin: &'static Descriptor,
        /// What it asks for.
        request: &'static PermissionRequest,
        /// The scope that is denied.
        scope: &'static str,
        /// The rule that denies it.
        rule: &'static PolicyRule,
    },
    /// KW0313: no rule of the policy allows what a plugin cannot do without.
    PermissionNotAllowed {
        /// The plugin that asks.
        plugin: &'static Descriptor,
        /// What it asks for.
        request: &'static PermissionRequest,
        /// The first scope that is not allowed.
        scope: &'static str,
    },
    /// KW0314: a rule allows one plugin more than its manifest asks for.
    GrantTooWide {
        /// The plugin that the rule names.
        plugin: &'static Descriptor,
        /// The rule.
        rule: &'static PolicyRule,
        /// The scope that no request covers; empty when the permission is not asked for at all.
        scope: &'static str,
    },
    /// KW0315: the policy names a plugin that the host does not know.
    UnknownPolicyPlugin {
        /// The first rule that names it.
        rule: &'static PolicyRule,
    },
    /// KW0316: two plugins publish or subscribe to different types of event under one topic.
    EventMismatch {
        /// The first plugin, by id.
        plugin: &'static Descriptor,
        /// What it means by the topic.
        entry: &'static EventEntry,
        /// The other plugin.
        other: &'static Descriptor,
        /// What that one means by it.
        other_entry: &'static EventEntry,
    },
    /// KW0820: a plugin is not in the lock.
    NotLocked {
        /// The plugin.
        plugin: &'static Descriptor,
    },
    /// KW0821: a plugin asks for more than was approved: for another permission, for a scope that no approved one covers, or no longer as
    /// optional.
    Widened {
        /// The plugin.
        plugin: &'static Descriptor,
        /// What it asks for.
        request: &'static PermissionRequest,
        /// What was approved.
        locked: &'static LockedPlugin,
    },
    /// KW0822: nobody has approved what a plugin asks for.
    NotApproved {
        /// The plugin.
        plugin: &'static Descriptor,
        /// Its place in the lock.
        locked: &'static LockedPlugin,
    },
    /// KW0823: somebody has refused what a plugin asks for.
    Denied {
        /// The plugin.
        plugin: &'static Descriptor,
        /// The decision.
        locked: &'static LockedPlugin,
    },
    /// KW0824: somebody has taken an approval back.
    Revoked {
        /// The plugin.
        plugin: &'static Descriptor,
        /// The decision.
        locked: &'static LockedPlugin,
    },
    /// KW0825: an approval had an end, which has passed.
    ApprovalEnded {
        /// The plugin.
        plugin: &'static Descriptor,
        /// The approval.
        locked: &'static LockedPlugin,
    },
    /// KW0826: another version of a plugin was approved, and the policy asks for an approval of each.
    VersionNotApproved {
        /// The plugin.
        plugin: &'static Descriptor,
        /// The approval.
        locked: &'static LockedPlugin,
    },
    /// KW0827: a plugin asks for less than was approved, and the policy asks for an approval of that too.
    Narrowed {
        /// The plugin.
        plugin: &'static Descriptor,
        /// What was approved and is not all asked for any more.
        permission: &'static LockedPermission,
        /// The approval.
        locked: &'static LockedPlugin,
    },
    /// KW0828: the policy requires a lock, and there is none.
    LockMissing,
    /// KW0829: a plugin is linked in, and was locked as a library, or the reverse.
    LockedOtherwise {
        /// The plugin.
        plugin: &'static Descriptor,
        /// Its place in the lock.
        locked: &'static LockedPlugin,
    },
}

/// Where the steps of a ring are kept: a range of [`Problems::steps`](crate::Problems::steps) or [`Report::steps`](crate::Report::steps).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ring {
    pub(super) start: usize,
    pub(super) kept: usize,
    pub(super) length: usize,
}

impl Ring {
    /// How many plugins the ring runs through, also when not all steps could be kept.
    #[must_use]
    pub const fn length(&self) -> usize {
        self.length
    }
}

/// Why one plugin starts after another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepKind {
    /// It requires the other plugin.
    Requires,
    /// It requires a service that the other plugin provides.
    Service(&'static str),
    /// Its `order.after` names the other.
    After,
    /// The other's `order.before` names it.
    Before,
}

/// One step of a ring: `from` waits for `to`.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    /// The plugin that waits.
    pub from: &'static Descriptor,
    /// The plugin it waits for.
    pub to: &'static Descriptor,
    /// Why.
    pub kind: StepKind,
    /// The manifest line that says so.
    pub location: Location,
}

impl Problem {
    /// The problem's code, under which `docs/errors/` explains it.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::WrongVersion { .. } => Code::WrongVersion,
            Self::MissingPlugin { .. } => Code::MissingPlugin,
            Self::WrongOptionalVersion { .. } => Code::WrongOptionalVersion,
            Self::Conflict { .. } => Code::Conflict,
            Self::DuplicateId { .. } => Code::DuplicateId,
            Self::Cycle { .. } => Code::Cycle,
            Self::ExclusiveService { .. } => Code::ExclusiveService,
            Self::MissingService { .. } => Code::MissingService,
            Self::WrongServiceVersion { .. } => Code::WrongServiceVersion,
            Self::WrongHost { .. } => Code::WrongHost,
            Self::OrderContradiction { .. } => Code::OrderContradiction,
            Self::PermissionDenied { .. } => Code::PermissionDenied,
            Self::PermissionNotAllowed { .. } => Code::PermissionNotAllowed,
            Self::GrantTooWide { .. } => Code::GrantTooWide,
            Self::UnknownPolicyPlugin { .. } => Code::UnknownPolicyPlugin,
            Self::EventMismatch { .. } => Code::EventMismatch,
            Self::NotLocked { .. } => Code::NotLocked,
            Self::Widened { .. } => Code::Widened,
            Self::NotApproved { .. } => Code::NotApproved,
            Self::Denied { .. } => Code::Denied,
            Self::Revoked { .. } => Code::Revoked,
            Self::ApprovalEnded { .. } => Code::ApprovalEnded,
            Self::VersionNotApproved { .. } => Code::VersionNotApproved,
            Self::Narrowed { .. } => Code::Narrowed,
            Self::LockMissing => Code::LockMissing,
            Self::LockedOtherwise { .. } => Code::LockedOtherwise,
        }
    }
}
