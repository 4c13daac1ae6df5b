//! What the policy leaves of the permissions that plugins ask for: the check inside rustc and the grants at run time.

use super::report::Sink;
use super::{Graph, Problem};
use crate::{Descriptor, PermissionRequest, PluginId, Policy, PolicyRule, PolicyVerb, scope, text};

/// What is granted of one permission request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The permission's dotted name.
    pub name: &'static str,
    /// The scopes that remain, in the order of the manifest; never empty.
    pub scopes: Vec<&'static str>,
}

/// What the policy leaves of each request of a plugin; requests of which nothing is left are left out.
///
/// A host that compiled has every required scope granted; only optional requests can be less than the manifest asks for.
#[must_use]
pub fn grants(descriptor: &Descriptor, policy: &Policy) -> Vec<Grant> {
    let granted = |request: &PermissionRequest| Grant {
        name: request.name,
        scopes: request
            .scopes
            .iter()
            .copied()
            .filter(|scope| matches!(judge(policy, descriptor, request, scope), Verdict::Granted))
            .collect(),
    };
    descriptor.permissions.iter().map(granted).filter(|grant| !grant.scopes.is_empty()).collect()
}

/// What the policy says about one scope.
enum Verdict {
    Granted,
    Denied(&'static PolicyRule),
    NotAllowed,
}

/// Deny wins over allow, whichever is more specific. A rule without scopes speaks of every scope.
const fn judge(policy: &Policy, plugin: &Descriptor, request: &PermissionRequest, scope: &str) -> Verdict {
    let (mut is_mentioned, mut is_allowed) = (false, false);
    let mut index = 0;
    while index < policy.rules.len() {
        let rule = &policy.rules[index];
        index += 1;
        if !applies(rule, plugin, request.name) {
            continue;
        }
        match rule.verb {
            PolicyVerb::Deny => {
                if rule_touches(rule, request, scope) {
                    return Verdict::Denied(rule);
                }
            }
            PolicyVerb::Allow => {
                is_mentioned = true;
                is_allowed = is_allowed || rule_covers(rule, request, scope);
            }
        }
    }
    if is_allowed || (policy.grant_unmentioned && !is_mentioned) { Verdict::Granted } else { Verdict::NotAllowed }
}

/// The cheapest comparisons come first: inside rustc this is asked for each scope and rule of the build.
const fn applies(rule: &PolicyRule, plugin: &Descriptor, permission: &str) -> bool {
    rule.permission.len() == permission.len()
        && match &rule.plugin {
            Some(id) => id.same(&plugin.id),
            None => true,
        }
        && text::equal(rule.permission, permission)
}

const fn rule_touches(rule: &PolicyRule, request: &PermissionRequest, asked: &str) -> bool {
    let mut index = 0;
    while index < rule.scopes.len() {
        if scope::scope_overlaps(request.scope_kind, rule.scopes[index], asked) {
            return true;
        }
        index += 1;
    }
    rule.scopes.is_empty()
}

const fn rule_covers(rule: &PolicyRule, request: &PermissionRequest, asked: &str) -> bool {
    let mut index = 0;
    while index < rule.scopes.len() {
        if scope::scope_covers(request.scope_kind, rule.scopes[index], asked) {
            return true;
        }
        index += 1;
    }
    rule.scopes.is_empty()
}

/// Reports each scope that a plugin cannot do without and does not get.
pub(super) const fn check(graph: &Graph<'_>, plugin: &'static Descriptor, sink: &mut Sink<'_>) {
    if graph.policy.rules.is_empty() && graph.policy.grant_unmentioned {
        return;
    }
    let mut item = 0;
    while item < plugin.permissions.len() {
        let request = &plugin.permissions[item];
        let mut index = 0;
        while index < request.scopes.len() && !request.optional {
            let scope = request.scopes[index];
            match judge(graph.policy, plugin, request, scope) {
                Verdict::Granted => {}
                Verdict::Denied(rule) => sink.push(Problem::PermissionDenied { plugin, request, scope, rule }),
                Verdict::NotAllowed => sink.push(Problem::PermissionNotAllowed { plugin, request, scope }),
            }
            index += 1;
        }
        item += 1;
    }
}

/// Reports each scope that a rule allows this plugin although its manifest does not ask for it.
pub(super) const fn check_grant(plugin: &'static Descriptor, rule: &'static PolicyRule, sink: &mut Sink<'_>) {
    if matches!(rule.verb, PolicyVerb::Deny) {
        return;
    }
    let Some(request) = find_request(plugin, rule.permission) else {
        sink.push(Problem::GrantTooWide { plugin, rule, scope: "" });
        return;
    };
    let mut index = 0;
    while index < rule.scopes.len() {
        if !request_covers(request, rule.scopes[index]) {
            sink.push(Problem::GrantTooWide { plugin, rule, scope: rule.scopes[index] });
        }
        index += 1;
    }
}

pub(super) const fn find_request(plugin: &'static Descriptor, permission: &str) -> Option<&'static PermissionRequest> {
    let mut item = 0;
    while item < plugin.permissions.len() {
        if text::equal(plugin.permissions[item].name, permission) {
            return Some(&plugin.permissions[item]);
        }
        item += 1;
    }
    None
}

const fn request_covers(request: &PermissionRequest, allowed: &str) -> bool {
    let mut index = 0;
    while index < request.scopes.len() {
        if scope::scope_covers(request.scope_kind, request.scopes[index], allowed) {
            return true;
        }
        index += 1;
    }
    false
}

/// Whether a plugin that the policy names may be enabled, or an earlier rule has named it, so that nothing is to be said here.
pub(super) const fn is_known_elsewhere(graph: &Graph<'_>, rule: usize, id: &PluginId) -> bool {
    let mut index = 0;
    while index < graph.available.len() {
        if graph.available[index].id.same(id) {
            return true;
        }
        index += 1;
    }
    index = 0;
    while index < rule {
        if let Some(earlier) = &graph.policy.rules[index].plugin
            && earlier.same(id)
        {
            return true;
        }
        index += 1;
    }
    false
}
