//! Rings of plugins that wait for each other: found only when the start order could not be completed.

use super::network::{NONE, Network};
use super::report::Sink;
use super::{Problem, Ring, Step, StepKind, step};

/// Reports one ring for each strongly connected component, the shortest through its least id.
pub(super) const fn report(network: &mut Network<'_>, sink: &mut Sink<'_>) {
    find_components(network);
    // Marks in the stack which components were told already.
    let mut component = 0;
    while component < network.node_count {
        network.stack[component] = 0;
        component += 1;
    }
    let mut index = 0;
    while index < network.graph.plugins.len() {
        let plugin = network.ranked[index];
        let component = network.nodes[plugin as usize].component;
        // A plugin with a place in the order was not visited; it is in no ring.
        if component != NONE && network.stack[component as usize] == 0 {
            network.stack[component as usize] = 1;
            if search_ring(network, plugin) {
                push_ring(network, sink, plugin);
            }
        }
        index += 1;
    }
}

/// Tarjan's algorithm without recursion, over the nodes that have no place in the order.
const fn find_components(network: &mut Network<'_>) {
    let (mut visits, mut components) = (0, 0);
    let mut root = 0;
    while root < network.node_count {
        if network.nodes[root].waiting_for > 0 && network.nodes[root].visit == NONE {
            (visits, components) = visit_from(network, root as u32, visits, components);
        }
        root += 1;
    }
}

/// Visits all that can be reached from `root`. The queue holds the path walked, the stack the nodes of components still open.
const fn visit_from(network: &mut Network<'_>, root: u32, visits: u32, components: u32) -> (u32, u32) {
    let (mut visits, mut components) = (visits, components);
    let (mut depth, mut open) = (0, 0);
    let mut entering = root;
    loop {
        if entering != NONE {
            let node = &mut network.nodes[entering as usize];
            (node.visit, node.low, node.cursor) = (visits, visits, node.first_edge);
            visits += 1;
            network.queue[depth] = entering;
            depth += 1;
            network.stack[open] = entering;
            open += 1;
            entering = NONE;
        }
        let current = network.queue[depth - 1];
        let edge = network.nodes[current as usize].cursor;
        if edge != NONE {
            let (to, next) = (network.edges[edge as usize].to, network.edges[edge as usize].next);
            network.nodes[current as usize].cursor = next;
            let target = network.nodes[to as usize];
            if target.visit == NONE {
                entering = to;
            } else if target.component == NONE && target.visit < network.nodes[current as usize].low {
                network.nodes[current as usize].low = target.visit;
            }
            continue;
        }
        let node = network.nodes[current as usize];
        if node.low == node.visit {
            loop {
                open -= 1;
                let member = network.stack[open];
                network.nodes[member as usize].component = components;
                if member == current {
                    break;
                }
            }
            components += 1;
        }
        depth -= 1;
        if depth == 0 {
            return (visits, components);
        }
        let parent = &mut network.nodes[network.queue[depth - 1] as usize];
        if node.low < parent.low {
            parent.low = node.low;
        }
    }
}

/// Searches breadth first, inside one component, for the shortest way from a plugin back to itself.
const fn search_ring(network: &mut Network<'_>, start: u32) -> bool {
    let component = network.nodes[start as usize].component;
    network.queue[0] = start;
    let (mut taken, mut found) = (0, 1);
    while taken < found {
        let mut edge = network.nodes[network.queue[taken] as usize].first_edge;
        taken += 1;
        while edge != NONE {
            let to = network.edges[edge as usize].to;
            let node = &mut network.nodes[to as usize];
            if node.component == component && node.reached_by == NONE {
                node.reached_by = edge;
                if to == start {
                    return true;
                }
                network.queue[found] = to;
                found += 1;
            }
            edge = network.edges[edge as usize].next;
        }
    }
    false
}

/// Walks back along the edges of the search, which is the direction of waiting.
const fn push_ring(network: &Network<'_>, sink: &mut Sink<'_>, start: u32) {
    let first_step = sink.steps_total;
    let mut hints_only = true;
    let mut node = start;
    loop {
        let waits = network.edges[network.nodes[node as usize].reached_by as usize];
        let (kind, location) = step::reason(network, waits);
        hints_only = hints_only && matches!(kind, StepKind::After | StepKind::Before);
        let to = if network.is_plugin(waits.from) {
            waits.from
        } else {
            // Behind the service stands the provider through which the search came.
            network.edges[network.nodes[waits.from as usize].reached_by as usize].from
        };
        sink.push_step(Step { from: network.plugin(node), to: network.plugin(to), kind, location });
        node = to;
        if node == start {
            break;
        }
    }
    let length = sink.steps_total - first_step;
    let room = sink.steps.len();
    let first_kept = if first_step < room { first_step } else { room };
    let end = if sink.steps_total < room { sink.steps_total } else { room };
    let ring = Ring { start: first_kept, kept: end - first_kept, length };
    sink.push(if hints_only { Problem::OrderContradiction { ring } } else { Problem::Cycle { ring } });
}
