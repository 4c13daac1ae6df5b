//! Problems between two plugins, and between a plugin and the SDK.

use super::snippet::Place;
use super::{help, push_leave_out, push_left_out, push_version, push_versioned, snippet};
use crate::message::Text;
use crate::resolver::Graph;
use crate::{Conflict, Descriptor, Provision};

pub(super) const fn conflict(
    out: &mut Text<'_>,
    graph: &Graph<'_>,
    plugin: &Descriptor,
    conflict: &Conflict,
    other: &Descriptor,
) {
    out.push("plugin ");
    push_versioned(out, plugin.id.as_str(), &plugin.version);
    out.push(" conflicts with `").push(conflict.id.as_str()).push(" ").push(conflict.range.text).push("`, and this build has ");
    push_versioned(out, other.id.as_str(), &other.version);
    if !conflict.reason.is_empty() {
        out.push(": ").push(conflict.reason);
    }
    out.push("\n");
    snippet::push(out, &Place::in_manifest(graph, plugin, &conflict.location));
    push_either(out, graph, other, plugin);
    if !conflict.range.comparators.is_empty() {
        out.push(", or use a version of `").push(other.package).push("` outside `").push(conflict.range.text).push("`");
    }
    out.push("\n");
}

pub(super) const fn duplicate_id(out: &mut Text<'_>, graph: &Graph<'_>, first: &Descriptor, second: &Descriptor) {
    out.push("two plugins have the id `").push(first.id.as_str()).push("`: package `").push(first.package).push("` (");
    push_version(out, &first.version);
    out.push(") and package `").push(second.package).push("` (");
    push_version(out, &second.version);
    out.push(")\n");
    snippet::push(out, &Place::in_manifest(graph, first, &first.location));
    snippet::push(out, &Place::in_manifest(graph, second, &second.location));
    help(out).push("enable only one of them, or give one of them another id\n");
}

pub(super) const fn exclusive_service(
    out: &mut Text<'_>,
    graph: &Graph<'_>,
    plugin: &Descriptor,
    provision: &Provision,
    other: &Descriptor,
    other_provision: &Provision,
) {
    out.push("plugin `").push(plugin.id.as_str()).push("` provides service `").push(provision.id.as_str());
    out.push("` exclusively, but `").push(other.id.as_str()).push("` provides it ");
    out.push(if other_provision.exclusive { "exclusively too\n" } else { "too\n" });
    snippet::push(out, &Place::in_manifest(graph, plugin, &provision.location));
    snippet::push(out, &Place::in_manifest(graph, other, &other_provision.location));
    push_either(out, graph, other, plugin);
    out.push("\n");
}

/// Starts the help line that leaves out one of two plugins.
const fn push_either(out: &mut Text<'_>, graph: &Graph<'_>, one: &Descriptor, other: &Descriptor) {
    push_leave_out(help(out), graph, one);
    if graph.is_library(&one.id) || graph.is_library(&other.id) {
        out.push(", or ");
        push_leave_out(out, graph, other);
    } else {
        out.push(" or without ");
        push_left_out(out, graph, other);
    }
}

pub(super) const fn wrong_host(out: &mut Text<'_>, graph: &Graph<'_>, plugin: &Descriptor) {
    out.push("plugin ");
    push_versioned(out, plugin.id.as_str(), &plugin.version);
    out.push(" was written for SDK `").push(plugin.host.text).push("`, but this build has ");
    if let Some(sdk) = &graph.sdk {
        push_versioned(out, sdk.name, &sdk.version);
    }
    out.push("\n");
    snippet::push(out, &Place::in_manifest(graph, plugin, &plugin.host_location));
    help(out).push("use a version of `").push(plugin.package).push("` made for ");
    if let Some(sdk) = &graph.sdk {
        out.push("this SDK, or set `host = \"^");
        push_version(out, &sdk.version);
        out.push("\"` in its manifest after testing it with this one");
    }
    out.push("\n");
}
