//! Who waits for whom, and which line of a manifest says so.

use super::network::{Edge, EdgeKind, NONE, Network};
use super::{Graph, Step, StepKind, run};
use crate::Location;

/// All that makes one plugin of a graph start after another, by the ids of both. A requirement of a service is a step to each of its
/// providers.
///
/// Levels follow from nothing else: a plugin is one level above the highest that it waits for.
///
/// # Panics
///
/// When there are more than 65,535 plugins.
#[must_use]
pub fn steps(graph: &Graph<'_>) -> Vec<Step> {
    let mut steps = Vec::new();
    run::with_network(graph, |network| {
        for edge in &network.edges[..network.edge_count] {
            if matches!(edge.kind, EdgeKind::Provides) {
                continue;
            }
            let (kind, location) = reason(network, *edge);
            let mut step = |to: u32| steps.push(Step { from: network.plugin(edge.to), to: network.plugin(to), kind, location });
            if network.is_plugin(edge.from) {
                step(edge.from);
                continue;
            }
            let mut provision = network.nodes[edge.from as usize].first_provider;
            while provision != NONE {
                let provision_edge = network.edges[provision as usize];
                step(provision_edge.from);
                provision = provision_edge.next_provider;
            }
        }
    });
    let key = |step: &Step| (step.from.id.as_str(), step.to.id.as_str(), step.location.line, step.location.column);
    steps.sort_by(|left, right| key(left).cmp(&key(right)));
    steps
}

/// Why one node waits for another, and where that is written.
pub(super) const fn reason(network: &Network<'_>, waits: Edge) -> (StepKind, Location) {
    let owner = network.plugin(waits.owner());
    let item = waits.item as usize;
    match waits.kind {
        EdgeKind::After => (StepKind::After, owner.after[item].location),
        EdgeKind::Before => (StepKind::Before, owner.before[item].location),
        EdgeKind::Requires | EdgeKind::Provides => {
            let requirement = &owner.requires[item];
            let kind =
                if network.is_plugin(waits.from) { StepKind::Requires } else { StepKind::Service(requirement.id.as_str()) };
            (kind, requirement.location)
        }
    }
}
