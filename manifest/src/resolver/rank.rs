//! The order of ids, in which ties are broken and problems are told.

use super::Graph;
use crate::text;

/// Fills `ranked` with the plugins of a graph in the order of id, then package; `spare` is memory of the same size.
pub(super) const fn rank(graph: &Graph<'_>, ranked: &mut [u32], spare: &mut [u32]) {
    let count = graph.plugins.len();
    let mut index = 0;
    let mut sorted = true;
    while index < count {
        ranked[index] = index as u32;
        sorted = sorted && (index == 0 || !comes_before(graph, index as u32, index as u32 - 1));
        index += 1;
    }
    if sorted {
        return;
    }
    let mut width = 1;
    while width < count {
        let mut start = 0;
        while start < count {
            let middle = if start + width < count { start + width } else { count };
            let end = if start + 2 * width < count { start + 2 * width } else { count };
            merge(graph, ranked, spare, start, middle, end);
            start += 2 * width;
        }
        ranked.split_at_mut(count).0.copy_from_slice(spare.split_at(count).0);
        width *= 2;
    }
}

const fn merge(graph: &Graph<'_>, from: &[u32], into: &mut [u32], start: usize, middle: usize, end: usize) {
    let (mut left, mut right, mut out) = (start, middle, start);
    while out < end {
        let take_right = left == middle || (right < end && comes_before(graph, from[right], from[left]));
        if take_right {
            into[out] = from[right];
            right += 1;
        } else {
            into[out] = from[left];
            left += 1;
        }
        out += 1;
    }
}

const fn comes_before(graph: &Graph<'_>, left: u32, right: u32) -> bool {
    let (left, right) = (graph.plugins[left as usize], graph.plugins[right as usize]);
    let order = text::compare(left.id.as_str(), right.id.as_str());
    if order.is_ne() { order.is_lt() } else { text::compare(left.package, right.package).is_lt() }
}
