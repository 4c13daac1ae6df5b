//! Problems between the policy and what plugins ask for. What the policy does not allow has a file of its own, `not_allowed`.

use super::snippet::Place;
use super::{Page, help, push_leave_out, snippet};
use crate::message::Text;
use crate::resolver::Graph;
use crate::resolver::permission::find_request;
use crate::{Descriptor, PermissionRequest, PolicyRule};

pub(super) const fn denied(
    out: &mut Text<'_>,
    graph: &Graph<'_>,
    plugin: &Descriptor,
    request: &PermissionRequest,
    scope: &str,
    rule: &PolicyRule,
) {
    push_needs(out, plugin, request, scope);
    out.push(", which the policy denies\n");
    snippet::push(out, &Place::in_manifest(graph, plugin, &request.location));
    snippet::push_noted(out, &Place::own(&rule.location), &["denied here"]);
    push_leave_out(help(out), graph, plugin);
    out.push(", or remove from this `deny` what overlaps `");
    out.push(scope).push("`; no `allow` outweighs it\n");
}

pub(super) const fn too_wide(out: &mut Text<'_>, plugin: &'static Descriptor, rule: &PolicyRule, scope: &str) {
    out.push("the policy allows plugin `").push(plugin.id.as_str()).push("` `").push(rule.permission).push("`");
    if scope.is_empty() {
        out.push(", which its manifest does not ask for\n");
        snippet::push(out, &Place::own(&rule.location));
        help(out).push("remove this line\n");
        return;
    }
    out.push(" for `").push(scope).push("`, which is more than its manifest asks for\n");
    snippet::push(out, &Place::own(&rule.location));
    if let Some(request) = find_request(plugin, rule.permission) {
        help(out).push("allow no more than ");
        push_list(out, request.scopes, "`");
        out.push("\n");
    }
}

pub(super) const fn unknown_plugin(out: &mut Text<'_>, page: &mut Page<'_>, rule: &PolicyRule) {
    let Some(id) = &rule.plugin else { return };
    out.push("the policy names plugin `").push(id.as_str()).push("`, which the host does not know\n");
    snippet::push(out, &Place::own(&rule.plugin_location));
    help(out);
    if page.near.push_plugins(out, page.graph, id.as_str()) {
        out.push("; otherwise ");
    }
    out.push("remove this table, or add the plugin to the host's Cargo.toml\n");
}

/// Writes ``plugin `a` needs `filesystem.read` for `content/**` ``.
pub(super) const fn push_needs(out: &mut Text<'_>, plugin: &Descriptor, request: &PermissionRequest, scope: &str) {
    out.push("plugin `").push(plugin.id.as_str()).push("` needs `").push(request.name).push("` for `").push(scope).push("`");
}

/// Writes strings between marks, divided by commas.
pub(super) const fn push_list(out: &mut Text<'_>, items: &[&str], mark: &str) {
    let mut index = 0;
    while index < items.len() {
        out.push(if index > 0 { ", " } else { "" }).push(mark).push(items[index]).push(mark);
        index += 1;
    }
}
