//! The two entrances, one with arrays for rustc and one with vectors for run time, to the one run of the rules.

use super::network::{Edge, NONE, Network, Node};
use super::report::Sink;
use super::{
    Graph, KEPT_PROBLEMS, KEPT_STEPS, Order, Problem, Problems, Report, Resolution, Step, event, lock, order, rank, ring, rules,
};
use crate::Message;

/// Finds the start order of a graph inside rustc, or everything that is wrong with it.
///
/// `N` is [`graph.size()`](Graph::size) and `ROOM` is [`graph.room()`](Graph::room):
///
/// ```
/// use keyway_manifest::{Graph, Policy, Problems, Resolution, render, resolve};
///
/// const GRAPH: Graph<'static> =
///     Graph { plugins: &[], sdk: None, available: &[], libraries: &[], policy: &Policy::GRANT_REQUESTED, policy_file: "", lock: None };
/// const OUTCOME: Result<Resolution<{ GRAPH.size() }>, Problems> = resolve::<{ GRAPH.size() }, { GRAPH.room() }>(&GRAPH);
/// const _: () = if let Err(problems) = &OUTCOME {
///     panic!("{}", render(problems, &GRAPH).as_str());
/// };
/// ```
///
/// # Errors
///
/// All problems of the graph, in an order that depends on ids alone.
///
/// # Panics
///
/// When `N` or `ROOM` is not the graph's, and when there are more than 65,535 plugins.
#[expect(clippy::result_large_err, reason = "a constant cannot hold a box")]
pub const fn resolve<const N: usize, const ROOM: usize>(graph: &Graph<'_>) -> Result<Resolution<N>, Problems> {
    assert!(N == graph.size(), "the first parameter of `resolve` must be `GRAPH.size()`");
    assert!(ROOM == graph.room(), "the second parameter of `resolve` must be `GRAPH.room()`");
    assert!(N <= u16::MAX as usize, "a build holds at most 65,535 plugins");
    let mut problems = Problems { kept: [None; KEPT_PROBLEMS], total: 0, steps: [None; KEPT_STEPS] };
    let mut sink = Sink { kept: &mut problems.kept, total: 0, steps: &mut problems.steps, steps_total: 0 };
    let mut network = Network {
        graph,
        buckets: &mut [NONE; ROOM],
        bucket_mask: bucket_count(ROOM) - 1,
        nodes: &mut [Node::EMPTY; ROOM],
        node_count: N,
        edges: &mut [Edge::EMPTY; ROOM],
        edge_count: 0,
        ranked: &mut [NONE; ROOM],
        queue: &mut [NONE; ROOM],
        stack: &mut [NONE; ROOM],
    };
    let (mut order, mut level) = ([0; N], [0; N]);
    run(&mut network, &mut sink, &mut order, &mut level);
    if sink.total == 0 {
        return Ok(Resolution::new(order, level));
    }
    problems.total = sink.total;
    Err(problems)
}

/// Finds the start order of any number of plugins at run time.
///
/// # Errors
///
/// A report of all problems of the graph, with the same text that the compiler would print.
///
/// # Panics
///
/// When there are more than 65,535 plugins.
pub fn resolve_slice(graph: &Graph<'_>) -> Result<Order, Report> {
    let count = graph.size();
    assert!(u16::try_from(count).is_ok(), "a build holds at most 65,535 plugins");
    let (mut order, mut level) = (vec![0; count], vec![0; count]);
    // A good graph needs no memory for problems; a bad one is run again with exactly as much as it asked for.
    let (mut kept, mut steps) = (Vec::new(), Vec::new());
    let (total, steps_total) = run_once(graph, &mut kept, &mut steps, &mut order, &mut level);
    if total > 0 {
        kept.resize(total, None);
        steps.resize(steps_total, None);
        run_once(graph, &mut kept, &mut steps, &mut order, &mut level);
        return Err(Report::new(graph, &kept, steps));
    }
    let mut levels: Vec<Vec<usize>> = Vec::new();
    for &plugin in &order {
        let plugin = usize::from(plugin);
        let at = usize::from(level[plugin]);
        if at == levels.len() {
            levels.push(Vec::new());
        }
        levels[at].push(plugin);
    }
    Ok(Order { order: order.into_iter().map(usize::from).collect(), levels })
}

/// Holds the plugins of a graph to its lock, and looks at nothing else.
///
/// [`resolve`] and [`resolve_slice`] do it for a whole graph. This is for whoever loads a library ([`Graph::libraries`] names its plugin) or
/// verifies one: the same rules, by the clock of the moment. Digests of libraries are the loader's to compare.
///
/// # Errors
///
/// A report of everything that does not fit. A graph without a lock fits.
pub fn check_lock(graph: &Graph<'_>) -> Result<(), Report> {
    let Some(found) = graph.lock else { return Ok(()) };
    let mut kept = Vec::new();
    loop {
        let mut sink = Sink { kept: &mut kept, total: 0, steps: &mut [], steps_total: 0 };
        lock::check_each(graph, found, &mut sink);
        let total = sink.total;
        if total == 0 {
            return Ok(());
        }
        if total == kept.len() {
            return Err(Report::new(graph, &kept, Vec::new()));
        }
        kept.resize(total, None);
    }
}

fn run_once(
    graph: &Graph<'_>,
    kept: &mut [Option<Problem>],
    steps: &mut [Option<Step>],
    order: &mut [u16],
    level: &mut [u16],
) -> (usize, usize) {
    let mut sink = Sink { kept, total: 0, steps, steps_total: 0 };
    with_room(graph, |network| run(network, &mut sink, order, level));
    (sink.total, sink.steps_total)
}

/// Lends a network in which all plugins and what they wait for have been entered.
pub(super) fn with_network(graph: &Graph<'_>, work: impl FnOnce(&Network<'_>)) {
    let mut sink = Sink { kept: &mut [], total: 0, steps: &mut [], steps_total: 0 };
    with_room(graph, |network| {
        rank::rank(network);
        rules::enter_all(network, &mut sink);
        rules::check_plugins(network, &mut sink);
        work(network);
    });
}

/// Lends an empty network with room for a graph.
fn with_room(graph: &Graph<'_>, work: impl FnOnce(&mut Network<'_>)) {
    // Only plugins and services are nodes; memory that is not touched is time saved.
    let node_room =
        graph.size() + 1 + 2 * event::count(graph) + graph.plugins.iter().map(|plugin| plugin.provides.len()).sum::<usize>();
    let mut indices = vec![NONE; 3 * node_room + bucket_count(4 * node_room)];
    let (ranked, rest) = indices.split_at_mut(node_room);
    let (queue, rest) = rest.split_at_mut(node_room);
    let (stack, buckets) = rest.split_at_mut(node_room);
    let mut network = Network {
        graph,
        bucket_mask: buckets.len() - 1,
        buckets,
        nodes: &mut vec![Node::EMPTY; node_room],
        node_count: graph.size(),
        // The room counts the plugins too, and there is no edge for a plugin alone.
        edges: &mut vec![Edge::EMPTY; graph.room() - graph.size()],
        edge_count: 0,
        ranked,
        queue,
        stack,
    };
    work(&mut network);
}

/// The greatest power of two that is not above `room`.
const fn bucket_count(room: usize) -> usize {
    1 << room.ilog2()
}

/// All rules, once over the graph. `order` and `level` are written only when every plugin found its place.
const fn run(network: &mut Network<'_>, sink: &mut Sink<'_>, order: &mut [u16], level: &mut [u16]) {
    rank::rank(network);
    rules::enter_all(network, sink);
    // A rule for a misspelt id explains what is then said about the plugin that was meant.
    rules::check_policy_names(network, sink);
    rules::check_plugins(network, sink);
    event::check(network, sink);
    if order::assign_levels(network) {
        order::write_order(network, order, level);
    } else {
        ring::report(network, sink);
    }
    rules::check_grants(network, sink);
    lock::check(network, sink);
}

/// Writes all problems as the text of a compile error, as far as 32 KiB reach; what is left out is counted.
#[must_use]
pub const fn render(problems: &Problems, graph: &Graph<'_>) -> Message {
    super::render::message(problems, graph)
}
