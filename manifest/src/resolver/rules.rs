//! The rules about single plugins and pairs of them; they also draw the edges of the network.

use super::network::{EdgeKind, NONE, Network};
use super::permission;
use super::report::Sink;
use super::{Graph, Problem, network::Edge};
use crate::{PluginId, Requirement, Target};

/// Makes plugins and services findable, and reports ids that stand twice.
pub(super) const fn enter_all(network: &mut Network<'_>, sink: &mut Sink<'_>) {
    let count = network.graph.plugins.len();
    let mut index = 0;
    while index < count {
        let plugin = network.ranked[index];
        network.nodes[plugin as usize].rank = index as u32;
        if let Some(first) = network.enter_plugin(plugin) {
            sink.push(Problem::DuplicateId { first: network.plugin(first), second: network.plugin(plugin) });
        }
        index += 1;
    }
    // From the last to the first, since each provider is put in front of those before it.
    while index > 0 {
        index -= 1;
        let plugin = network.ranked[index];
        let mut item = network.plugin(plugin).provides.len();
        while item > 0 {
            item -= 1;
            network.enter_provider(plugin, item);
        }
    }
}

/// Checks each plugin in the order of ids.
pub(super) const fn check_plugins(network: &mut Network<'_>, sink: &mut Sink<'_>) {
    let mut index = 0;
    while index < network.graph.plugins.len() {
        let plugin = network.ranked[index];
        check_host(network, sink, plugin);
        check_requirements(network, sink, plugin);
        check_conflicts(network, sink, plugin);
        check_provisions(network, sink, plugin);
        connect_hints(network, plugin);
        if !is_duplicate(network, plugin) {
            permission::check(network.graph, network.plugin(plugin), sink);
        }
        index += 1;
    }
}

const fn check_host(network: &Network<'_>, sink: &mut Sink<'_>, plugin: u32) {
    if let Some(sdk) = &network.graph.sdk
        && !network.plugin(plugin).host.matches(&sdk.version)
    {
        sink.push(Problem::WrongHost { plugin: network.plugin(plugin) });
    }
}

const fn check_requirements(network: &mut Network<'_>, sink: &mut Sink<'_>, node: u32) {
    let plugin = network.plugin(node);
    let (mut item, mut rest) = (0, plugin.requires);
    while let [requirement, others @ ..] = rest {
        match requirement.target {
            Target::Plugin => check_required_plugin(network, sink, node, item, requirement),
            Target::Service => check_required_service(network, sink, node, item, requirement),
        }
        (item, rest) = (item + 1, others);
    }
}

const fn check_required_plugin(
    network: &mut Network<'_>,
    sink: &mut Sink<'_>,
    node: u32,
    item: usize,
    requirement: &'static Requirement,
) {
    let Some(found_node) = network.find_plugin(&requirement.id) else {
        if !requirement.optional {
            sink.push(Problem::MissingPlugin { plugin: network.plugin(node), requirement });
        }
        return;
    };
    let found = network.plugin(found_node);
    if !requirement.range.matches(&found.version) {
        let plugin = network.plugin(node);
        sink.push(if requirement.optional {
            Problem::WrongOptionalVersion { plugin, requirement, found, version: found.version }
        } else {
            Problem::WrongVersion { plugin, requirement, found }
        });
    }
    network.connect(found_node, node, item, EdgeKind::Requires);
}

const fn check_required_service(
    network: &mut Network<'_>,
    sink: &mut Sink<'_>,
    node: u32,
    item: usize,
    requirement: &'static Requirement,
) {
    let plugin = network.plugin(node);
    let Some(service) = network.find_service(&requirement.id) else {
        if !requirement.optional {
            sink.push(Problem::MissingService { plugin, requirement });
        }
        return;
    };
    let first = network.nodes[service as usize].first_provider;
    let (mut fits, mut is_own, mut providers) = (false, false, 0);
    let mut edge = first;
    while edge != NONE {
        fits = fits || requirement.range.matches(&network.provision(edge).version);
        let Edge { from: owner, next_provider, .. } = network.edges[edge as usize];
        is_own = is_own || owner == node;
        providers += 1;
        edge = next_provider;
    }
    if !fits {
        let provider = network.plugin(network.edges[first as usize].from);
        let provision = network.provision(first);
        sink.push(if requirement.optional {
            Problem::WrongOptionalVersion { plugin, requirement, found: provider, version: provision.version }
        } else {
            Problem::WrongServiceVersion { plugin, requirement, provider, provision, others: providers - 1 }
        });
    }
    // A plugin that provides the service itself does not wait for the others, or two of them would wait for each other.
    if !is_own {
        network.connect(service, node, item, EdgeKind::Requires);
    }
}

const fn check_conflicts(network: &Network<'_>, sink: &mut Sink<'_>, node: u32) {
    let plugin = network.plugin(node);
    let mut item = 0;
    while item < plugin.conflicts.len() {
        let conflict = &plugin.conflicts[item];
        item += 1;
        let Some(other_node) = network.find_plugin(&conflict.id) else { continue };
        let other = network.plugin(other_node);
        // When both name each other, the first by id tells it.
        let was_told =
            network.nodes[other_node as usize].rank < network.nodes[node as usize].rank && conflicts_with(other, plugin);
        if conflict.applies_to(&other.version) && !was_told && other_node != node {
            sink.push(Problem::Conflict { plugin, conflict, other });
        }
    }
}

const fn conflicts_with(plugin: &crate::Descriptor, other: &crate::Descriptor) -> bool {
    let mut item = 0;
    while item < plugin.conflicts.len() {
        if plugin.conflicts[item].id.same(&other.id) && plugin.conflicts[item].applies_to(&other.version) {
            return true;
        }
        item += 1;
    }
    false
}

const fn check_provisions(network: &Network<'_>, sink: &mut Sink<'_>, node: u32) {
    let plugin = network.plugin(node);
    let mut item = 0;
    while item < plugin.provides.len() {
        let provision = &plugin.provides[item];
        if provision.exclusive
            && let Some(service) = network.find_service(&provision.id)
        {
            let mut edge = network.nodes[service as usize].first_provider;
            while edge != NONE {
                let Edge { from: owner, next_provider, .. } = network.edges[edge as usize];
                let other_provision = network.provision(edge);
                // When both are exclusive, the first by id tells it.
                let was_told =
                    other_provision.exclusive && network.nodes[owner as usize].rank < network.nodes[node as usize].rank;
                if owner != node && !was_told {
                    let other = network.plugin(owner);
                    sink.push(Problem::ExclusiveService { plugin, provision, other, other_provision });
                }
                edge = next_provider;
            }
        }
        item += 1;
    }
}

const fn connect_hints(network: &mut Network<'_>, node: u32) {
    let plugin = network.plugin(node);
    let mut item = 0;
    while item < plugin.after.len() {
        if let Some(other) = network.find_plugin(&plugin.after[item].id) {
            network.connect(other, node, item, EdgeKind::After);
        }
        item += 1;
    }
    item = 0;
    while item < plugin.before.len() {
        if let Some(other) = network.find_plugin(&plugin.before[item].id) {
            network.connect(node, other, item, EdgeKind::Before);
        }
        item += 1;
    }
}

/// Whether another plugin has the same id. Which of the two a rule of the policy, or the lock, means cannot be known before that is mended.
pub(super) const fn is_duplicate(network: &Network<'_>, node: u32) -> bool {
    let rank = network.nodes[node as usize].rank as usize;
    let id = &network.plugin(node).id;
    (rank > 0 && network.plugin(network.ranked[rank - 1]).id.same(id))
        || (rank + 1 < network.graph.plugins.len() && network.plugin(network.ranked[rank + 1]).id.same(id))
}

/// Reports plugins that the policy names and the host does not know, in the order of the file.
pub(super) const fn check_policy_names(network: &Network<'_>, sink: &mut Sink<'_>) {
    let rules = network.graph.policy.rules;
    let mut index = 0;
    while index < rules.len() {
        let rule = &rules[index];
        if let Some(id) = &rule.plugin
            && network.find_plugin(id).is_none()
            && !permission::is_known_elsewhere(network.graph, index, id)
            && !may_be_native(network.graph, id)
        {
            sink.push(Problem::UnknownPolicyPlugin { rule });
        }
        index += 1;
    }
}

/// Whether a plugin of this id may come as a shared library, of which a build knows nothing.
pub(super) const fn may_be_native(graph: &Graph<'_>, id: &PluginId) -> bool {
    match &graph.policy.native {
        Some(native) => native.may_load(id),
        None => false,
    }
}

/// Checks the lines of the policy against the plugins they name, in the order of the file.
pub(super) const fn check_grants(network: &Network<'_>, sink: &mut Sink<'_>) {
    let rules = network.graph.policy.rules;
    let mut index = 0;
    while index < rules.len() {
        let rule = &rules[index];
        if let Some(id) = &rule.plugin
            && let Some(node) = network.find_plugin(id)
            && !is_duplicate(network, node)
        {
            permission::check_grant(network.plugin(node), rule, sink);
        }
        index += 1;
    }
}
