//! Plugins and services as the nodes of a network, found by hash; requirements, provisions and order hints as its edges.
//!
//! All memory is lent by the caller, so the same code serves arrays inside rustc and vectors at run time.

use super::Graph;
use crate::{Descriptor, PluginId, Provision};

/// No node, no edge.
pub(super) const NONE: u32 = u32::MAX;

/// A plugin (the first of the nodes, with the index it has in the graph) or a service.
#[derive(Clone, Copy)]
pub(super) struct Node {
    /// The hash of the id, so that most look-ups touch no descriptor.
    hash: u64,
    /// The next node of the same hash bucket.
    chain: u32,
    /// The upper half of the id's hash, which tells nearly all nodes of a bucket apart without a look at their ids.
    tag: u32,
    /// The first edge to a node that waits for this one.
    pub(super) first_edge: u32,
    /// For services, the first edge from a provider.
    pub(super) first_provider: u32,
    /// How many edges lead here from nodes that have no place in the order yet.
    pub(super) waiting_for: u32,
    /// The level found so far.
    pub(super) level: u32,
    /// For plugins, the place in the order of ids, and a number that mostly decides it.
    pub(super) rank: u32,
    pub(super) sort_key: u128,
    /// Tarjan's index, and the least index that can be reached; `NONE` before the visit.
    pub(super) visit: u32,
    pub(super) low: u32,
    /// The strongly connected component; `NONE` before it is known.
    pub(super) component: u32,
    /// The edge to be followed next.
    pub(super) cursor: u32,
    /// In the search for a ring, the edge by which the node was reached.
    pub(super) reached_by: u32,
}

impl Node {
    pub(super) const EMPTY: Self = Self {
        hash: 0,
        chain: NONE,
        tag: 0,
        first_edge: NONE,
        first_provider: NONE,
        waiting_for: 0,
        level: 0,
        rank: 0,
        sort_key: 0,
        visit: NONE,
        low: NONE,
        component: NONE,
        cursor: NONE,
        reached_by: NONE,
    };
}

/// Which list of the owner's descriptor an edge was made from.
#[derive(Clone, Copy)]
pub(super) enum EdgeKind {
    Requires,
    Provides,
    After,
    Before,
}

/// `to` waits for `from`.
#[derive(Clone, Copy)]
pub(super) struct Edge {
    pub(super) from: u32,
    pub(super) to: u32,
    /// The next edge that leaves `from`.
    pub(super) next: u32,
    /// For provisions, the next provider of the same service.
    pub(super) next_provider: u32,
    /// The line's index in its list of the owner's manifest.
    pub(super) item: u32,
    pub(super) kind: EdgeKind,
}

impl Edge {
    /// The plugin whose manifest holds the line.
    pub(super) const fn owner(&self) -> u32 {
        match self.kind {
            EdgeKind::Requires | EdgeKind::After => self.to,
            EdgeKind::Provides | EdgeKind::Before => self.from,
        }
    }

    pub(super) const EMPTY: Self =
        Self { from: NONE, to: NONE, next: NONE, next_provider: NONE, item: 0, kind: EdgeKind::Requires };
}

/// The network over a graph.
pub(super) struct Network<'s> {
    pub(super) graph: &'s Graph<'s>,
    /// First node of each hash bucket.
    pub(super) buckets: &'s mut [u32],
    /// One less than the number of buckets, which is a power of two.
    pub(super) bucket_mask: usize,
    pub(super) nodes: &'s mut [Node],
    pub(super) node_count: usize,
    pub(super) edges: &'s mut [Edge],
    pub(super) edge_count: usize,
    /// The plugins in the order of their ids.
    pub(super) ranked: &'s mut [u32],
    /// Two lists for whoever needs them.
    pub(super) queue: &'s mut [u32],
    pub(super) stack: &'s mut [u32],
}

impl Network<'_> {
    /// The descriptor of a plugin.
    pub(super) const fn plugin(&self, node: u32) -> &'static Descriptor {
        self.graph.plugins[node as usize]
    }

    pub(super) const fn is_plugin(&self, node: u32) -> bool {
        (node as usize) < self.graph.plugins.len()
    }

    /// The line of a provision edge.
    pub(super) const fn provision(&self, edge: u32) -> &'static Provision {
        let edge = &self.edges[edge as usize];
        &self.plugin(edge.from).provides[edge.item as usize]
    }

    /// Finds a plugin of the build.
    pub(super) const fn find_plugin(&self, id: &PluginId) -> Option<u32> {
        let hash = id.hash();
        let mut index = self.buckets[hash as usize & self.bucket_mask];
        while index != NONE {
            let node = &self.nodes[index as usize];
            if node.hash == hash && self.is_plugin(index) && self.graph.plugins[index as usize].id.same(id) {
                return Some(index);
            }
            index = node.chain;
        }
        None
    }

    /// Finds a service that some plugin of the build provides.
    pub(super) const fn find_service(&self, id: &PluginId) -> Option<u32> {
        let hash = id.hash();
        let mut index = self.buckets[hash as usize & self.bucket_mask];
        while index != NONE {
            let node = &self.nodes[index as usize];
            if node.hash == hash && !self.is_plugin(index) && self.provision(node.first_provider).id.same(id) {
                return Some(index);
            }
            index = node.chain;
        }
        None
    }

    /// Makes a plugin findable; gives back the one that already carries its id, if any.
    pub(super) const fn enter_plugin(&mut self, node: u32) -> Option<u32> {
        let id = &self.graph.plugins[node as usize].id;
        if let Some(first) = self.find_plugin(id) {
            return Some(first);
        }
        self.chain(id, node);
        None
    }

    /// Adds a provider in front of the others of its service.
    pub(super) const fn enter_provider(&mut self, plugin: u32, item: usize) {
        let id = &self.graph.plugins[plugin as usize].provides[item].id;
        let service = match self.find_service(id) {
            Some(service) => service,
            None => {
                let service = self.node_count as u32;
                self.node_count += 1;
                self.chain(id, service);
                service
            }
        };
        let edge = self.connect(plugin, service, item, EdgeKind::Provides);
        self.edges[edge as usize].next_provider = self.nodes[service as usize].first_provider;
        self.nodes[service as usize].first_provider = edge;
    }

    const fn chain(&mut self, id: &PluginId, node: u32) {
        let bucket = id.hash() as usize & self.bucket_mask;
        self.nodes[node as usize].hash = id.hash();
        self.nodes[node as usize].chain = self.buckets[bucket];
        self.nodes[node as usize].tag = tag(id);
        self.buckets[bucket] = node;
    }

    /// Adds an edge: `to` waits for `from`.
    pub(super) const fn connect(&mut self, from: u32, to: u32, item: usize, kind: EdgeKind) -> u32 {
        let edge = self.edge_count as u32;
        self.edge_count += 1;
        let next = self.nodes[from as usize].first_edge;
        self.edges[edge as usize] = Edge { from, to, next, next_provider: NONE, item: item as u32, kind };
        self.nodes[from as usize].first_edge = edge;
        self.nodes[to as usize].waiting_for += 1;
        edge
    }
}

const fn tag(id: &PluginId) -> u32 {
    (id.hash() >> 32) as u32
}
