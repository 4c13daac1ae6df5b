//! Dependency order by petgraph and versions by semver: a map of names, a graph of its indices, a topological sort.

#[expect(clippy::disallowed_types, reason = "a peer is measured as its users write it")]
use std::collections::HashMap;

use keyway_manifest::Descriptor;
use petgraph::algo::toposort;
use petgraph::graph::{DiGraph, NodeIndex};

/// A manifest as a program holds it after reading: names, a version, and what is required.
#[derive(Debug)]
pub struct Manifest {
    /// The plugin's name.
    pub name: &'static str,
    /// Its version.
    pub version: semver::Version,
    /// What it needs: a name, the range as text, and the range parsed.
    pub requires: Vec<(&'static str, &'static str, semver::VersionReq)>,
}

impl Manifest {
    /// The manifest that says what a descriptor says.
    #[must_use]
    pub fn of(descriptor: &Descriptor) -> Self {
        let version = descriptor.version;
        let requires = descriptor.requires.iter().map(|requirement| {
            let text = requirement.range.text;
            (requirement.id.as_str(), text, semver::VersionReq::parse(text).expect("descriptors hold valid ranges"))
        });
        Self {
            name: descriptor.id.as_str(),
            version: semver::Version::new(version.major, version.minor, version.patch),
            requires: requires.collect(),
        }
    }
}

/// Whether ranges are parsed again or taken as they were parsed before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ranges {
    /// Each range is parsed from its text, as after reading manifests at start.
    Parse,
    /// Ranges were parsed before and are only matched.
    Parsed,
}

/// The indices of the manifests in dependency order.
///
/// # Panics
///
/// When a requirement is missing, does not match, or is part of a ring.
#[must_use]
#[expect(clippy::disallowed_types, reason = "a peer is measured as its users write it")]
pub fn order(manifests: &[Manifest], ranges: Ranges) -> Vec<usize> {
    let edge_count = manifests.iter().map(|manifest| manifest.requires.len()).sum();
    let mut graph = DiGraph::<usize, ()>::with_capacity(manifests.len(), edge_count);
    let nodes: HashMap<&str, NodeIndex> =
        manifests.iter().enumerate().map(|(index, manifest)| (manifest.name, graph.add_node(index))).collect();
    for manifest in manifests {
        for (name, text, parsed) in &manifest.requires {
            let required = nodes[name];
            let version = &manifests[required.index()].version;
            let fits = match ranges {
                Ranges::Parse => semver::VersionReq::parse(text).is_ok_and(|range| range.matches(version)),
                Ranges::Parsed => parsed.matches(version),
            };
            assert!(fits, "`{}` needs `{name} {text}`", manifest.name);
            graph.add_edge(required, nodes[manifest.name], ());
        }
    }
    let order = toposort(&graph, None).expect("the generated graph has no ring");
    order.into_iter().map(|node| graph[node]).collect()
}
