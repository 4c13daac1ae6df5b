//! Finding the start order of a graph at run time, as tools and dynamic tiers do. Hosts of static plugins do it inside rustc.

use std::process::ExitCode;

use keyway_benches::graph::descriptors;
use keyway_benches::meter::{Group, Meter, run};
use keyway_benches::peer::toposort::{Manifest, Ranges, order};
use keyway_manifest::{Descriptor, Graph, Policy, resolve_slice};

fn main() -> ExitCode {
    run(&[Group { name: "resolve, 100 x 3", add: hundred }, Group { name: "resolve, 1,000 x 3", add: thousand }])
}

fn hundred(meter: &mut Meter<'_>) {
    add(meter, 100);
}

fn thousand(meter: &mut Meter<'_>) {
    add(meter, 1_000);
}

fn add(meter: &mut Meter<'_>, count: usize) {
    let plugins: &'static [&'static Descriptor] = Vec::leak(descriptors(count, 3));
    let manifests: &'static [Manifest] = Vec::leak(plugins.iter().copied().map(Manifest::of).collect());
    let graph = Graph {
        plugins,
        sdk: None,
        available: &[],
        libraries: &[],
        policy: &Policy::GRANT_REQUESTED,
        policy_file: "",
        lock: None,
    };
    meter.subject("HashMap + petgraph + semver, ranges parsed before", || order(manifests, Ranges::Parsed));
    meter.subject("HashMap + petgraph + semver, from text", || order(manifests, Ranges::Parse));
    meter.subject("keyway: all graph rules, order and levels", move || resolve_slice(&graph).expect("the graph has no problem"));
}
