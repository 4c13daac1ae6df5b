//! The order of ids, in which ties are broken and problems are told.

use super::network::{Network, Node};
use crate::Descriptor;
use crate::text;

/// Fills the network's list of ranked plugins: in the order of id, then package.
pub(super) const fn rank(network: &mut Network<'_>) {
    let plugins = network.graph.plugins;
    let count = plugins.len();
    write_keys(plugins, network.nodes);
    let mut index = 0;
    let mut is_sorted = true;
    while index < count {
        network.ranked[index] = index as u32;
        is_sorted = is_sorted && (index == 0 || !comes_before(plugins, network.nodes, index as u32, index as u32 - 1));
        index += 1;
    }
    let mut width = if is_sorted { count } else { 1 };
    while width < count {
        merge_runs(network, width);
        core::mem::swap(&mut network.ranked, &mut network.stack);
        width *= 2;
    }
}

/// Gives each plugin a number that decides nearly all comparisons: what follows the beginning that all ids share.
const fn write_keys(plugins: &[&'static Descriptor], nodes: &mut [Node]) {
    let Some(first) = plugins.first() else { return };
    let mut shared = first.id.as_str().len();
    let mut index = 1;
    while index < plugins.len() {
        let common = text::common_prefix(first.id.as_str(), plugins[index].id.as_str());
        if common < shared {
            shared = common;
        }
        index += 1;
    }
    index = 0;
    while index < plugins.len() {
        nodes[index].sort_key = text::sort_key(plugins[index].id.as_str(), shared);
        index += 1;
    }
}

/// Merges neighbouring sorted runs of `width` from the ranked list into the stack.
const fn merge_runs(network: &mut Network<'_>, width: usize) {
    let plugins = network.graph.plugins;
    let count = plugins.len();
    let (from, into) = (&*network.ranked, &mut *network.stack);
    let mut start = 0;
    while start < count {
        let middle = if start + width < count { start + width } else { count };
        let end = if middle + width < count { middle + width } else { count };
        let (mut left, mut right, mut out) = (start, middle, start);
        while out < end {
            if left == middle || (right < end && comes_before(plugins, network.nodes, from[right], from[left])) {
                into[out] = from[right];
                right += 1;
            } else {
                into[out] = from[left];
                left += 1;
            }
            out += 1;
        }
        start = end;
    }
}

const fn comes_before(plugins: &[&'static Descriptor], nodes: &[Node], left: u32, right: u32) -> bool {
    let (left_key, right_key) = (nodes[left as usize].sort_key, nodes[right as usize].sort_key);
    if left_key != right_key {
        return left_key < right_key;
    }
    let (left, right) = (plugins[left as usize], plugins[right as usize]);
    let order = text::compare(left.id.as_str(), right.id.as_str());
    if order.is_ne() { order.is_lt() } else { text::compare(left.package, right.package).is_lt() }
}
