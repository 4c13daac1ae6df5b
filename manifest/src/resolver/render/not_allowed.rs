//! Requests that the policy does not allow: each with its line, and for each plugin the edit of the policy that allows them all.

use super::permission::{push_list, push_needs};
use super::snippet::Place;
use super::{Page, help, push_leave_out, snippet};
use crate::message::Text;
use crate::resolver::rules::may_be_native;
use crate::resolver::{Graph, Problem};
use crate::{Descriptor, PermissionRequest, PolicyRule, PolicyVerb, text};

pub(super) const fn not_allowed(
    out: &mut Text<'_>,
    page: &mut Page<'_>,
    plugin: &Descriptor,
    request: &PermissionRequest,
    scope: &str,
) {
    push_needs(out, plugin, request, scope);
    out.push(", which the policy does not allow\n");
    let place = Place::in_manifest(page.graph, plugin, &request.location);
    snippet::push(out, &place);
    if let Some(rule) = find_rule(page.graph, plugin, Some(request.name)) {
        push_change(out, page.graph, plugin, request, rule, &place);
        return;
    }
    let (first, end) = group(page, plugin);
    // The last of the plugin's problems shows the lines for all of them.
    if next_missing(page, page.at + 1, end, "").is_some() {
        return;
    }
    if let Some(rule) = misspelt_rule(page, plugin) {
        push_misspelt(out, rule);
    }
    if next_missing(page, first, page.at, request.name).is_some() {
        push_block(out, page, plugin, first, end);
    } else {
        push_line(out, page.graph, plugin, request);
    }
}

/// A rule that allows this very plugin a part of what it asks for is to be changed; a second one would be a duplicate.
const fn push_change(
    out: &mut Text<'_>,
    graph: &Graph<'_>,
    plugin: &Descriptor,
    request: &PermissionRequest,
    rule: &PolicyRule,
    place: &Place<'_>,
) {
    snippet::push_noted(out, &Place::own(&rule.location), &["allowed here, and no more"]);
    help(out).push("change the rule in ");
    if rule.location.is_known() {
        out.push("line ").push_number(rule.location.line as u64).push(" of ");
    }
    push_policy_file(out, graph);
    out.push(" to `");
    push_rule(out, request);
    out.push("`, narrow the scope in ");
    if request.location.is_known() {
        snippet::push_point(out, place);
    } else {
        out.push("the manifest");
    }
    out.push(" to ");
    push_list(out, rule.scopes, "`");
    out.push(", or ");
    push_leave_out(out, graph, plugin);
    out.push("\n");
}

/// A rule about a plugin that this build does not have, whose id may be this one's misspelt. Where libraries are taken it is no mistake by
/// itself, because it may be about one of them.
const fn misspelt_rule<'g>(page: &mut Page<'g>, plugin: &Descriptor) -> Option<&'g PolicyRule> {
    let graph = page.graph;
    let mut index = 0;
    while index < graph.policy.rules.len() {
        let rule = &graph.policy.rules[index];
        if let Some(id) = &rule.plugin
            && may_be_native(graph, id)
            && graph.has_no(id)
            && page.near.is_misspelt(plugin.id.as_str(), id.as_str())
        {
            return Some(rule);
        }
        index += 1;
    }
    None
}

const fn push_misspelt(out: &mut Text<'_>, rule: &PolicyRule) {
    if let Some(id) = &rule.plugin {
        snippet::push_noted(
            out,
            &Place::own(&rule.plugin_location),
            &["a rule about `", id.as_str(), "`, which is not in this build"],
        );
    }
}

/// One line for one request.
const fn push_line(out: &mut Text<'_>, graph: &Graph<'_>, plugin: &Descriptor, request: &PermissionRequest) {
    help(out).push("add `");
    push_rule(out, request);
    out.push("` to `");
    push_table(out, plugin);
    out.push("` in ");
    push_policy_file(out, graph);
    out.push(", or ");
    push_leave_out(out, graph, plugin);
    out.push("\n");
}

/// The lines for several requests, to be pasted as they are; with the header of the table when the policy has none for this plugin.
const fn push_block(out: &mut Text<'_>, page: &Page<'_>, plugin: &Descriptor, first: usize, end: usize) {
    let has_table = find_rule(page.graph, plugin, None).is_some();
    help(out).push("add to ");
    if has_table {
        out.push("`");
        push_table(out, plugin);
        out.push("` in ");
    }
    push_policy_file(out, page.graph);
    out.push(", or ");
    push_leave_out(out, page.graph, plugin);
    out.push(":\n");
    if !has_table {
        out.push("      ");
        push_table(out, plugin);
        out.push("\n");
    }
    // Problems are in the order of the manifest, so those about one request follow each other.
    let (mut index, mut written) = (first, "");
    while let Some((found, request)) = next_missing(page, index, end, written) {
        out.push("      ");
        push_rule(out, request);
        out.push("\n");
        (index, written) = (found + 1, request.name);
    }
}

/// Writes the rule that allows the whole request, so that one line mends each of its scopes.
const fn push_rule(out: &mut Text<'_>, request: &PermissionRequest) {
    out.push("\"").push(request.name).push("\" = [");
    push_list(out, request.scopes, "\"");
    out.push("]");
}

const fn push_table(out: &mut Text<'_>, plugin: &Descriptor) {
    out.push("[plugin.\"").push(plugin.id.as_str()).push("\".permissions.allow]");
}

const fn push_policy_file(out: &mut Text<'_>, graph: &Graph<'_>) {
    out.push(if graph.policy_file.is_empty() { "the policy" } else { graph.policy_file });
}

/// A rule that allows this very plugin the permission, or any permission.
const fn find_rule<'g>(graph: &Graph<'g>, plugin: &Descriptor, permission: Option<&str>) -> Option<&'g PolicyRule> {
    let mut index = 0;
    while index < graph.policy.rules.len() {
        let rule = &graph.policy.rules[index];
        index += 1;
        if let Some(id) = &rule.plugin
            && id.same(&plugin.id)
            && matches!(rule.verb, PolicyVerb::Allow)
            && match permission {
                Some(permission) => text::equal(rule.permission, permission),
                None => true,
            }
        {
            return Some(rule);
        }
    }
    None
}

/// The problems about the permissions of a plugin, as a range; they follow each other.
const fn group(page: &Page<'_>, plugin: &Descriptor) -> (usize, usize) {
    let mut first = page.at;
    while first > 0 && is_of(page, first - 1, plugin) {
        first -= 1;
    }
    let mut end = page.at + 1;
    while end < page.kept.len() && is_of(page, end, plugin) {
        end += 1;
    }
    (first, end)
}

const fn is_of(page: &Page<'_>, index: usize, plugin: &Descriptor) -> bool {
    match &page.kept[index] {
        Some(Problem::PermissionNotAllowed { plugin: other, .. } | Problem::PermissionDenied { plugin: other, .. }) => {
            other.id.same(&plugin.id)
        }
        _ => false,
    }
}

/// The first problem of a range whose request needs a new line in the policy, leaving out those about one permission.
const fn next_missing<'p>(page: &Page<'p>, mut index: usize, end: usize, except: &str) -> Option<(usize, &'p PermissionRequest)> {
    while index < end {
        if let Some(Problem::PermissionNotAllowed { plugin, request, .. }) = page.kept[index]
            && !text::equal(request.name, except)
            && find_rule(page.graph, plugin, Some(request.name)).is_none()
        {
            return Some((index, request));
        }
        index += 1;
    }
    None
}
