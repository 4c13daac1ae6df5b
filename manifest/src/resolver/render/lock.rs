//! Problems between plugins and the lock, each with the command that mends it.

use super::snippet::Place;
use super::{Page, help, push_leave_out, push_version, push_versioned, snippet};
use crate::message::Text;
use crate::resolver::lock::{approves, asks_for};
use crate::resolver::permission::find_request;
use crate::resolver::{Graph, Problem};
use crate::{Approval, Descriptor, LockedPermission, LockedPlugin, LockedTier, PermissionRequest};

/// Characters of a point in time that are its day: `2026-11-21`.
const DAY: usize = 10;

pub(super) const fn missing(out: &mut Text<'_>, graph: &Graph<'_>) {
    out.push("`[lock]` in ")
        .push(policy_file(graph))
        .push(" requires a lock, and there is no `keyway.lock` beside the host's Cargo.toml\n");
    help(out).push("make it with `cargo keyway lock`, look at it with `cargo keyway approvals`, approve it with `cargo keyway approve --all`, and commit it\n");
}

pub(super) const fn not_locked(out: &mut Text<'_>, page: &Page<'_>, plugin: &Descriptor) {
    push_plugin(out, plugin);
    out.push(" is not in the lock\n");
    snippet::push(out, &Place::in_manifest(page.graph, plugin, &plugin.location));
    help(out)
        .push("put it into ")
        .push(lock_file(page.graph))
        .push(if page.graph.is_library(&plugin.id) {
            " with `cargo keyway lock --native FOLDER`"
        } else {
            " with `cargo keyway lock`"
        })
        .push(", look at what it asks for, and approve it with ");
    push_command(out, "approve", plugin);
    push_or_without(out, page, plugin);
}

pub(super) const fn locked_otherwise(out: &mut Text<'_>, page: &Page<'_>, plugin: &Descriptor, locked: &LockedPlugin) {
    push_plugin(out, plugin);
    out.push(match locked.tier {
        LockedTier::Static => " is a library, and the lock has it as one that is linked in\n",
        LockedTier::Native => " is linked in, and the lock has it as a library\n",
    });
    push_places(out, page, plugin, locked);
    help(out).push("if that is meant, lock it so with `cargo keyway lock ");
    match locked.tier {
        LockedTier::Static => out.push("--native FOLDER`"),
        LockedTier::Native => out.push("--linked ").push(plugin.id.as_str()).push("`"),
    };
    push_or_without(out, page, plugin);
}

pub(super) const fn not_approved(out: &mut Text<'_>, page: &Page<'_>, plugin: &Descriptor, locked: &LockedPlugin) {
    push_plugin(out, plugin);
    out.push(" waits for approval\n");
    push_places(out, page, plugin, locked);
    help(out).push("it asks for ");
    push_names(out, plugin.permissions);
    out.push(if plugin.permissions.is_empty() { "; approve it with " } else { "; if it may have that, approve it with " });
    push_command(out, "approve", plugin);
    push_or_without(out, page, plugin);
}

pub(super) const fn denied(out: &mut Text<'_>, page: &Page<'_>, plugin: &Descriptor, locked: &LockedPlugin) {
    push_plugin(out, plugin);
    out.push(" was denied");
    push_decision(out, locked);
    push_places(out, page, plugin, locked);
    push_undecide(out, page, plugin);
}

pub(super) const fn revoked(out: &mut Text<'_>, page: &Page<'_>, plugin: &Descriptor, locked: &LockedPlugin) {
    out.push("the approval of ");
    push_plugin(out, plugin);
    out.push(" was revoked");
    push_decision(out, locked);
    push_places(out, page, plugin, locked);
    push_undecide(out, page, plugin);
}

pub(super) const fn ended(out: &mut Text<'_>, page: &Page<'_>, plugin: &Descriptor, locked: &LockedPlugin) {
    out.push("the approval of ");
    push_plugin(out, plugin);
    out.push(" has ended");
    if let Approval::Approved { until: Some(until), .. } = &locked.approval {
        out.push(": it held until ").push(until.text);
    }
    out.push("\n");
    push_places(out, page, plugin, locked);
    help(out).push("look at the plugin again and renew it with ");
    push_command(out, "approve", plugin);
    push_or_without(out, page, plugin);
}

pub(super) const fn widened(
    out: &mut Text<'_>,
    page: &Page<'_>,
    plugin: &Descriptor,
    request: &PermissionRequest,
    locked: &LockedPlugin,
) {
    push_plugin(out, plugin);
    let approved = locked.permission(request.name);
    match approved {
        None => {
            out.push(" asks for `").push(request.name).push("`, which was not approved\n");
        }
        Some(approved) => {
            let mut separator = " asks for more of `";
            let mut index = 0;
            while index < request.scopes.len() {
                let scope = request.scopes[index];
                index += 1;
                if approves(approved, request, scope) {
                    continue;
                }
                if separator.len() > 2 {
                    out.push(separator).push(request.name).push("` than was approved: ");
                } else {
                    out.push(separator);
                }
                out.push("`").push(scope).push("`");
                separator = ", ";
            }
            if approved.optional && !request.optional {
                out.push(if separator.len() > 2 { " cannot do without `" } else { "; and it cannot do without `" });
                out.push(request.name).push("` any more, which was approved as optional");
            }
            out.push("\n");
        }
    }
    snippet::push(out, &Place::in_manifest(page.graph, plugin, &request.location));
    push_approved(out, locked, approved);
    // The last of the plugin's problems says what mends all of them.
    if is_followed(page, plugin) {
        return;
    }
    help(out).push("if it may have that, approve it with ");
    push_command(out, "approve", plugin);
    if let Approval::Approved { version, .. } = &locked.approval
        && !version.same(&plugin.version)
    {
        out.push(", go back to version ");
        push_version(out, version);
    }
    push_or_without(out, page, plugin);
}

pub(super) const fn narrowed(
    out: &mut Text<'_>,
    page: &Page<'_>,
    plugin: &'static Descriptor,
    permission: &LockedPermission,
    locked: &LockedPlugin,
) {
    push_plugin(out, plugin);
    match find_request(plugin, permission.name) {
        None => {
            out.push(" no longer asks for `").push(permission.name).push("`");
        }
        Some(request) => {
            let mut separator = " asks for less of `";
            let mut index = 0;
            while index < permission.scopes.len() {
                let scope = permission.scopes[index];
                index += 1;
                if asks_for(request, scope) {
                    continue;
                }
                if separator.len() > 2 {
                    out.push(separator).push(request.name).push("` than was approved: no longer for all of ");
                } else {
                    out.push(separator);
                }
                out.push("`").push(scope).push("`");
                separator = ", ";
            }
            if request.optional && !permission.optional {
                out.push(if separator.len() > 2 { " can do without `" } else { "; and it can do without `" });
                out.push(request.name).push("` now");
            }
        }
    }
    out.push(", and the policy asks for an approval of that too\n");
    let location = match find_request(plugin, permission.name) {
        Some(request) => &request.location,
        None => &plugin.location,
    };
    snippet::push(out, &Place::in_manifest(page.graph, plugin, location));
    push_approved(out, locked, Some(permission));
    if is_followed(page, plugin) {
        return;
    }
    push_ask(out, page, plugin, "narrowing");
}

pub(super) const fn version(out: &mut Text<'_>, page: &Page<'_>, plugin: &Descriptor, locked: &LockedPlugin) {
    push_plugin(out, plugin);
    out.push(" is another version than was approved, and the policy asks for an approval of each\n");
    snippet::push(out, &Place::in_manifest(page.graph, plugin, &plugin.location));
    push_approved(out, locked, None);
    push_ask(out, page, plugin, "version");
}

/// What mends a difference that the policy could also let pass.
const fn push_ask(out: &mut Text<'_>, page: &Page<'_>, plugin: &Descriptor, key: &str) {
    help(out).push("approve it with ");
    push_command(out, "approve", plugin);
    push_built(out, page, plugin);
    out.push("; `")
        .push(key)
        .push(" = \"pass\"` under `[lock]` in ")
        .push(policy_file(page.graph))
        .push(" lets all such changes pass\n");
}

/// Writes the line of the lock, and where the manifest lies that was decided about.
const fn push_places(out: &mut Text<'_>, page: &Page<'_>, plugin: &Descriptor, locked: &LockedPlugin) {
    snippet::push(out, &Place::own(&locked.location));
    let manifest = Place::in_manifest(page.graph, plugin, &plugin.location);
    if manifest.is_known() {
        snippet::push_place(out, &manifest, &["its manifest"]);
    }
}

const fn push_plugin(out: &mut Text<'_>, plugin: &Descriptor) {
    out.push("plugin ");
    push_versioned(out, plugin.id.as_str(), &plugin.version);
}

/// Writes ``approved by ada on 2026-11-21, in version 0.1.0: `a`, `b` `` with the place in the lock.
const fn push_approved(out: &mut Text<'_>, locked: &LockedPlugin, permission: Option<&LockedPermission>) {
    let place = Place::own(&locked.location);
    let Approval::Approved { by, on, version, .. } = &locked.approval else { return snippet::push(out, &place) };
    snippet::push_arrow(out, &place);
    push_written(out.push(if place.is_known() { ": approved by " } else { " approved by " }), by)
        .push(" on ")
        .push(day(on))
        .push(", in version ");
    push_version(out, version);
    if let Some(permission) = permission {
        out.push(if permission.optional { ", as optional: " } else { ": " });
        super::permission::push_list(out, permission.scopes, "`");
    }
    out.push("\n");
    if place.is_known() {
        snippet::push_line(out, &place);
    }
}

/// Writes by whom, when and why.
const fn push_decision(out: &mut Text<'_>, locked: &LockedPlugin) {
    if let Approval::Denied { by, on, reason } | Approval::Revoked { by, on, reason } = &locked.approval {
        push_written(out.push(" by "), by).push(" on ").push(day(on));
        if !reason.is_empty() {
            push_written(out.push(": "), reason);
        }
    }
    out.push("\n");
}

const fn push_undecide(out: &mut Text<'_>, page: &Page<'_>, plugin: &Descriptor) {
    push_leave_out(help(out), page.graph, plugin);
    out.push("; if the decision is another one now, approve it with ");
    push_command(out, "approve", plugin);
    push_built(out, page, plugin);
    out.push("\n");
}

/// Writes `` `cargo keyway approve site.sitemap` ``.
const fn push_command(out: &mut Text<'_>, command: &str, plugin: &Descriptor) {
    out.push("`cargo keyway ").push(command).push(" ").push(plugin.id.as_str()).push("`");
}

const fn push_or_without(out: &mut Text<'_>, page: &Page<'_>, plugin: &Descriptor) {
    push_built(out, page, plugin);
    out.push(", or ");
    push_leave_out(out, page.graph, plugin);
    out.push("\n");
}

/// A program that runs was compiled with its lock.
const fn push_built(out: &mut Text<'_>, page: &Page<'_>, plugin: &Descriptor) {
    if page.graph.is_library(&plugin.id) {
        out.push(" and build the host anew");
    }
}

const fn push_names(out: &mut Text<'_>, requests: &[PermissionRequest]) {
    if requests.is_empty() {
        out.push("no permission");
    }
    let mut index = 0;
    while index < requests.len() {
        out.push(if index > 0 { ", `" } else { "`" }).push(requests[index].name).push("`");
        index += 1;
    }
}

/// Writes what a person wrote, with spaces for line breaks and whatever else a terminal would obey.
const fn push_written<'o, 'b>(out: &'o mut Text<'b>, text: &str) -> &'o mut Text<'b> {
    let bytes = text.as_bytes();
    let (mut start, mut end) = (0, 0);
    while end < bytes.len() {
        if bytes[end].is_ascii_control() {
            out.push(text.split_at(end).0.split_at(start).1).push(" ");
            start = end + 1;
        }
        end += 1;
    }
    out.push(text.split_at(start).1)
}

/// Whether the next problem is of the same kind and about the same plugin.
const fn is_followed(page: &Page<'_>, plugin: &Descriptor) -> bool {
    if page.at + 1 >= page.kept.len() {
        return false;
    }
    match (&page.kept[page.at], &page.kept[page.at + 1]) {
        (Some(Problem::Widened { .. }), Some(Problem::Widened { plugin: other, .. }))
        | (Some(Problem::Narrowed { .. }), Some(Problem::Narrowed { plugin: other, .. })) => other.id.same(&plugin.id),
        _ => false,
    }
}

const fn day(point: &str) -> &str {
    if point.len() > DAY && point.is_char_boundary(DAY) { point.split_at(DAY).0 } else { point }
}

const fn lock_file<'g>(graph: &Graph<'g>) -> &'g str {
    match graph.lock {
        Some(lock) => lock.file,
        None => "keyway.lock",
    }
}

const fn policy_file<'g>(graph: &Graph<'g>) -> &'g str {
    if graph.policy_file.is_empty() { "the policy" } else { graph.policy_file }
}
