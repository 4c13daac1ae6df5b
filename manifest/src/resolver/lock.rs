//! Holds plugins to the lock: what a plugin asks for is compared with what was approved of it.

use super::network::Network;
use super::report::Sink;
use super::{Graph, Problem, rules};
use crate::{
    Approval, Descriptor, Lock, LockAnswer, LockedDay, LockedPermission, LockedPlugin, LockedTier, PermissionRequest, scope, text,
};

/// Holds the plugins of a graph to its lock, or says that one is missing.
pub(super) const fn check(network: &Network<'_>, sink: &mut Sink<'_>) {
    let Some(lock) = network.graph.lock else {
        if network.graph.policy.lock.required {
            sink.push(Problem::LockMissing);
        }
        return;
    };
    let (mut at, mut index) = (0, 0);
    while index < network.graph.plugins.len() {
        let node = network.ranked[index];
        let plugin = network.plugin(node);
        index += 1;
        // Both are in the order of ids, so each line of the lock is looked at once.
        while at < lock.plugins.len() && text::compare(lock.plugins[at].id.as_str(), plugin.id.as_str()).is_lt() {
            at += 1;
        }
        if !rules::is_duplicate(network, node) {
            let locked =
                if at < lock.plugins.len() && lock.plugins[at].id.same(&plugin.id) { Some(&lock.plugins[at]) } else { None };
            check_plugin(plugin, locked, network.graph, lock.today, sink);
        }
    }
}

/// Holds each plugin of a graph to its lock by itself.
pub(super) fn check_each(graph: &Graph<'_>, lock: &Lock, sink: &mut Sink<'_>) {
    for plugin in graph.plugins {
        check_plugin(plugin, lock.find(&plugin.id), graph, lock.today, sink);
    }
}

const fn check_plugin(
    plugin: &'static Descriptor,
    locked: Option<&'static LockedPlugin>,
    graph: &Graph<'_>,
    today: u32,
    sink: &mut Sink<'_>,
) {
    let rules = &graph.policy.lock;
    let Some(locked) = locked else {
        sink.push(Problem::NotLocked { plugin });
        return;
    };
    let is_locked_as_library = matches!(locked.tier, LockedTier::Native);
    if is_locked_as_library != graph.is_library(&plugin.id) && matches!(rules.artifacts, LockAnswer::Ask) {
        sink.push(Problem::LockedOtherwise { plugin, locked });
    }
    match &locked.approval {
        Approval::Pending => sink.push(Problem::NotApproved { plugin, locked }),
        Approval::Denied { .. } => sink.push(Problem::Denied { plugin, locked }),
        Approval::Revoked { .. } => sink.push(Problem::Revoked { plugin, locked }),
        Approval::Approved { version, .. } => {
            let before = sink.total;
            if locked.approval.ended(today).is_some() {
                sink.push(Problem::ApprovalEnded { plugin, locked });
            }
            check_widened(plugin, locked, sink);
            // A new approval, which those ask for, is also about the version and about what is no longer asked for.
            if sink.total == before {
                if matches!(rules.version, LockAnswer::Ask) && !version.same(&plugin.version) {
                    sink.push(Problem::VersionNotApproved { plugin, locked });
                }
                if matches!(rules.narrowing, LockAnswer::Ask) {
                    check_narrowed(plugin, locked, sink);
                }
            }
        }
    }
}

const fn check_widened(plugin: &'static Descriptor, locked: &'static LockedPlugin, sink: &mut Sink<'_>) {
    let mut item = 0;
    while item < plugin.permissions.len() {
        let request = &plugin.permissions[item];
        if !is_approved(request, locked.permission(request.name)) {
            sink.push(Problem::Widened { plugin, request, locked });
        }
        item += 1;
    }
}

const fn is_approved(request: &PermissionRequest, approved: Option<&LockedPermission>) -> bool {
    let Some(approved) = approved else { return false };
    if approved.optional && !request.optional {
        return false;
    }
    let mut index = 0;
    while index < request.scopes.len() {
        if !approves(approved, request, request.scopes[index]) {
            return false;
        }
        index += 1;
    }
    true
}

/// Whether one of the approved scopes covers a scope that is asked for.
pub(super) const fn approves(approved: &LockedPermission, request: &PermissionRequest, scope: &str) -> bool {
    let mut index = 0;
    while index < approved.scopes.len() {
        // Most often nothing has changed, and then a comparison is enough.
        if text::equal(approved.scopes[index], scope) || scope::scope_covers(request.scope_kind, approved.scopes[index], scope) {
            return true;
        }
        index += 1;
    }
    false
}

const fn check_narrowed(plugin: &'static Descriptor, locked: &'static LockedPlugin, sink: &mut Sink<'_>) {
    let mut item = 0;
    while item < locked.approved.len() {
        let permission = &locked.approved[item];
        if is_less(super::permission::find_request(plugin, permission.name), permission) {
            sink.push(Problem::Narrowed { plugin, permission, locked });
        }
        item += 1;
    }
}

/// Whether a request that was approved is less than the approval, or is no longer there.
const fn is_less(request: Option<&PermissionRequest>, approved: &LockedPermission) -> bool {
    let Some(request) = request else { return true };
    if request.optional && !approved.optional {
        return true;
    }
    let mut index = 0;
    while index < approved.scopes.len() {
        if !asks_for(request, approved.scopes[index]) {
            return true;
        }
        index += 1;
    }
    false
}

/// Whether one of the scopes that are asked for covers an approved one.
pub(super) const fn asks_for(request: &PermissionRequest, approved: &str) -> bool {
    let mut index = 0;
    while index < request.scopes.len() {
        if text::equal(request.scopes[index], approved)
            || scope::scope_covers(request.scope_kind, request.scopes[index], approved)
        {
            return true;
        }
        index += 1;
    }
    false
}

impl Approval {
    /// The last day of an approval that no longer holds on a day, in days since 1970-01-01 (UTC); `None` while it holds, and for what is no
    /// approval.
    #[must_use]
    pub const fn ended(&self, today: u32) -> Option<LockedDay> {
        match *self {
            Self::Approved { until: Some(until), .. } if until.days < today => Some(until),
            _ => None,
        }
    }
}
