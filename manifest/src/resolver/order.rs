//! The start order: Kahn's algorithm for the levels, then a counting sort of the ids into them.

use super::network::{NONE, Network};

/// Gives each node its level. Answers whether all nodes found one; those in a ring, or behind one, do not.
pub(super) const fn assign_levels(network: &mut Network<'_>) -> bool {
    let (mut taken, mut found) = (0, 0);
    let mut node = 0;
    while node < network.node_count {
        if network.nodes[node].waiting_for == 0 {
            network.queue[found] = node as u32;
            found += 1;
        }
        node += 1;
    }
    while taken < found {
        let node = network.nodes[network.queue[taken] as usize];
        taken += 1;
        let mut edge = node.first_edge;
        while edge != NONE {
            let (to, next) = (network.edges[edge as usize].to, network.edges[edge as usize].next);
            // A service is there as soon as its last provider is; only plugins take a level of their own.
            let level = if network.is_plugin(to) { node.level + 1 } else { node.level };
            let waiting = &mut network.nodes[to as usize];
            if waiting.level < level {
                waiting.level = level;
            }
            waiting.waiting_for -= 1;
            if waiting.waiting_for == 0 {
                network.queue[found] = to;
                found += 1;
            }
            edge = next;
        }
    }
    found == network.node_count
}

/// Writes the plugins by level and, inside a level, by id; and the level of each plugin.
pub(super) const fn write_order(network: &mut Network<'_>, order: &mut [u16], level: &mut [u16]) {
    let count = network.graph.plugins.len();
    // How many plugins there are of each level, then where the next plugin of each level goes.
    let places = &mut *network.queue;
    let mut index = 0;
    while index <= count {
        places[index] = 0;
        index += 1;
    }
    index = 0;
    while index < count {
        places[network.nodes[index].level as usize + 1] += 1;
        index += 1;
    }
    index = 1;
    while index < count {
        places[index] += places[index - 1];
        index += 1;
    }
    index = 0;
    while index < count {
        let plugin = network.ranked[index] as usize;
        let plugin_level = network.nodes[plugin].level;
        let place = &mut places[plugin_level as usize];
        order[*place as usize] = plugin as u16;
        *place += 1;
        level[plugin] = plugin_level as u16;
        index += 1;
    }
}
