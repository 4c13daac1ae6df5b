//! The rule about events: within one build, a topic stands for one type.

use super::network::{NONE, Network};
use super::report::Sink;
use super::{Graph, Problem};
use crate::{Descriptor, EventEntry};

/// How many uses of events there are in a graph; each takes two places of the lent memory.
pub(super) const fn count(graph: &Graph<'_>) -> usize {
    let (mut count, mut index) = (0, 0);
    while index < graph.plugins.len() {
        count += graph.plugins[index].events.len();
        index += 1;
    }
    count
}

/// Compares each use of a topic with the first one, in the order of ids.
///
/// The list `stack` serves as a table of the first uses, searched from the place that the topic's hash names. It is larger than there
/// are uses, so a search ends.
pub(super) const fn check(network: &mut Network<'_>, sink: &mut Sink<'_>) {
    if count(network.graph) == 0 {
        return;
    }
    let mask = (1 << network.stack.len().ilog2()) - 1;
    let mut place = 0;
    while place <= mask {
        network.stack[place] = NONE;
        place += 1;
    }
    let mut index = 0;
    while index < network.graph.plugins.len() {
        let node = network.ranked[index];
        index += 1;
        let plugin = network.plugin(node);
        let mut item = 0;
        while item < plugin.events.len() {
            let entry = &plugin.events[item];
            let place = find(network, mask, entry);
            match first(network, network.stack[place]) {
                None => network.stack[place] = node << 16 | item as u32,
                Some((other, first)) => {
                    if !first.event.is_same_type(entry.event) {
                        sink.push(Problem::EventMismatch { plugin: other, entry: first, other: plugin, other_entry: entry });
                    }
                }
            }
            item += 1;
        }
    }
}

/// The place of a topic's first use, or the free one where it belongs.
const fn find(network: &Network<'_>, mask: usize, entry: &EventEntry) -> usize {
    let mut place = entry.event.topic.hash() as usize & mask;
    while let Some((_, first)) = first(network, network.stack[place])
        && !first.event.topic.same(&entry.event.topic)
    {
        place = (place + 1) & mask;
    }
    place
}

const fn first(network: &Network<'_>, use_of_topic: u32) -> Option<(&'static Descriptor, &'static EventEntry)> {
    if use_of_topic == NONE {
        return None;
    }
    let plugin = network.plugin(use_of_topic >> 16);
    Some((plugin, &plugin.events[(use_of_topic & 0xffff) as usize]))
}
