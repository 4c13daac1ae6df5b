//! Problems of `[requires]`: what is missing, and what is there in the wrong version.

use super::snippet::Place;
use super::{Page, help, push_leave_out, push_version, push_versioned, snippet};
use crate::message::Text;
use crate::resolver::{Available, Graph};
use crate::{Descriptor, Provision, Requirement, Version, VersionRange, text};

pub(super) const fn wrong_version(
    out: &mut Text<'_>,
    page: &Page<'_>,
    plugin: &Descriptor,
    requirement: &Requirement,
    found: &Descriptor,
) {
    push_needs(out, plugin, "needs", requirement);
    out.push(", but this build has ");
    push_versioned(out, found.id.as_str(), &found.version);
    out.push("\n");
    snippet::push(out, &Place::in_manifest(page.graph, plugin, &requirement.location));
    help(out).push("use a version of `").push(found.package).push("` that matches `").push(requirement.range.text);
    out.push("`, or ");
    push_leave_out(out, page.graph, plugin);
    if let Some(other) = find_plugin(page.graph, requirement) {
        // Two packages may carry one id, one of them enabled.
        out.push("; `").push(other.package).push("` would fit");
    }
    out.push("\n");
}

pub(super) const fn missing_plugin(out: &mut Text<'_>, page: &mut Page<'_>, plugin: &Descriptor, requirement: &Requirement) {
    push_needs(out, plugin, "needs", requirement);
    out.push(", which no enabled feature provides\n");
    snippet::push(out, &Place::in_manifest(page.graph, plugin, &requirement.location));
    if let Some(fitting) = find_plugin(page.graph, requirement) {
        push_enable(out, fitting, "", &fitting.version);
    } else if let Some(other) = find_plugin_of_any_version(page.graph, requirement) {
        help(out).push("`").push(other.package).push("` has ");
        push_versioned(out, other.id.as_str(), &other.version);
        out.push(", which does not fit: use a version of it that matches `").push(requirement.range.text);
        out.push("` and enable ");
        push_feature(out, other);
        out.push("\n");
    } else {
        help(out);
        if page.near.push_plugins(out, page.graph, requirement.id.as_str()) {
            out.push("; otherwise ");
        }
        out.push("add the package that holds `").push(requirement.id.as_str());
        push_where(out, page.graph, plugin);
        push_leave_out(out, page.graph, plugin);
        out.push("\n");
    }
}

pub(super) const fn wrong_optional(
    out: &mut Text<'_>,
    graph: &Graph<'_>,
    plugin: &Descriptor,
    requirement: &Requirement,
    found: &Descriptor,
    version: &Version,
) {
    push_needs(out, plugin, "works together with", requirement);
    out.push(", but this build has ");
    push_versioned(out, requirement.id.as_str(), version);
    if !requirement.id.same(&found.id) {
        out.push(" from `").push(found.id.as_str()).push("`");
    }
    out.push("\n");
    snippet::push(out, &Place::in_manifest(graph, plugin, &requirement.location));
    help(out).push("use a version of `").push(found.package).push("` that ");
    out.push(if requirement.id.same(&found.id) { "matches `" } else { "provides one matching `" }).push(requirement.range.text);
    out.push("`, or ");
    push_leave_out(out, graph, found);
    out.push(": the requirement is optional\n");
}

pub(super) const fn missing_service(out: &mut Text<'_>, page: &mut Page<'_>, plugin: &Descriptor, requirement: &Requirement) {
    push_needs(out, plugin, "needs service", requirement);
    out.push(", which no enabled plugin provides\n");
    snippet::push(out, &Place::in_manifest(page.graph, plugin, &requirement.location));
    if let Some((fitting, version)) = find_provider(page.graph, requirement, &requirement.range) {
        push_enable(out, fitting, requirement.id.as_str(), &version);
    } else if let Some((other, version)) = find_provider_of_any_version(page.graph, requirement) {
        help(out).push("`").push(other.package).push("` provides ");
        push_versioned(out, requirement.id.as_str(), &version);
        out.push(", which does not fit: use a version of it that provides one matching `").push(requirement.range.text);
        out.push("` and enable ");
        push_feature(out, other);
        out.push("\n");
    } else {
        help(out);
        if page.near.push_services(out, page.graph, requirement.id.as_str()) {
            out.push("; otherwise ");
        }
        out.push("add a plugin that provides `").push(requirement.id.as_str());
        push_where(out, page.graph, plugin);
        push_leave_out(out, page.graph, plugin);
        out.push("\n");
    }
}

pub(super) const fn wrong_service(
    out: &mut Text<'_>,
    page: &Page<'_>,
    plugin: &Descriptor,
    requirement: &Requirement,
    provider: &Descriptor,
    provision: &Provision,
    others: usize,
) {
    push_needs(out, plugin, "needs service", requirement);
    out.push(", but `").push(provider.id.as_str()).push("` provides version ");
    push_version(out, &provision.version);
    if others > 0 {
        out.push(" and ").push_number(others as u64).push(if others == 1 {
            " other provider does"
        } else {
            " other providers do"
        });
        out.push(" not fit either");
    }
    out.push("\n");
    snippet::push(out, &Place::in_manifest(page.graph, plugin, &requirement.location));
    snippet::push_noted(out, &Place::in_manifest(page.graph, provider, &provision.location), &["provided here"]);
    if let Some((fitting, version)) = find_provider(page.graph, requirement, &requirement.range) {
        push_enable(out, fitting, requirement.id.as_str(), &version);
        return;
    }
    help(out).push("use a version of `").push(provider.package).push("` that provides one matching `");
    out.push(requirement.range.text).push("`, or ");
    push_leave_out(out, page.graph, plugin);
    out.push("\n");
}

/// Goes on with where to put the package of a plugin that is missing.
const fn push_where(out: &mut Text<'_>, graph: &Graph<'_>, plugin: &Descriptor) {
    out.push("` to the host's Cargo.toml");
    if graph.is_library(&plugin.id) {
        out.push(" or its library to a folder of plugins");
    }
    out.push(", or ");
}

/// Writes ``plugin `a` needs `b ^1` ``.
const fn push_needs(out: &mut Text<'_>, plugin: &Descriptor, verb: &str, requirement: &Requirement) {
    out.push("plugin `").push(plugin.id.as_str()).push("` ").push(verb).push(" `").push(requirement.id.as_str());
    out.push(" ").push(requirement.range.text).push("`");
}

/// Writes the help line that enables a plugin; `service` is empty when the plugin itself was wanted.
const fn push_enable(out: &mut Text<'_>, available: &Available, service: &str, version: &Version) {
    help(out).push("enable ");
    push_feature(out, available);
    out.push(if service.is_empty() { ", which brings " } else { ", which brings a provider of " });
    push_versioned(out, if service.is_empty() { available.id.as_str() } else { service }, version);
    out.push("\n");
}

const fn push_feature(out: &mut Text<'_>, available: &Available) {
    if available.feature.is_empty() {
        out.push("`").push(available.package).push("` by a feature of the host (`dep:").push(available.package).push("`)");
    } else {
        out.push("feature `").push(available.feature).push("`");
    }
}

const fn find_plugin<'g>(graph: &Graph<'g>, requirement: &Requirement) -> Option<&'g Available> {
    let mut index = 0;
    while index < graph.available.len() {
        let available = &graph.available[index];
        if available.id.same(&requirement.id) && requirement.range.matches(&available.version) {
            return Some(available);
        }
        index += 1;
    }
    None
}

const fn find_plugin_of_any_version<'g>(graph: &Graph<'g>, requirement: &Requirement) -> Option<&'g Available> {
    let mut index = 0;
    while index < graph.available.len() {
        if graph.available[index].id.same(&requirement.id) {
            return Some(&graph.available[index]);
        }
        index += 1;
    }
    None
}

const fn find_provider<'g>(
    graph: &Graph<'g>,
    requirement: &Requirement,
    range: &VersionRange,
) -> Option<(&'g Available, Version)> {
    let mut index = 0;
    while index < graph.available.len() {
        let available = &graph.available[index];
        let mut item = 0;
        while item < available.provides.len() {
            let (id, version) = &available.provides[item];
            if text::equal(id, requirement.id.as_str()) && range.matches(version) {
                return Some((available, *version));
            }
            item += 1;
        }
        index += 1;
    }
    None
}

const fn find_provider_of_any_version<'g>(graph: &Graph<'g>, requirement: &Requirement) -> Option<(&'g Available, Version)> {
    let mut index = 0;
    while index < graph.available.len() {
        let available = &graph.available[index];
        let mut item = 0;
        while item < available.provides.len() {
            if text::equal(available.provides[item].0, requirement.id.as_str()) {
                return Some((available, available.provides[item].1));
            }
            item += 1;
        }
        index += 1;
    }
    None
}
