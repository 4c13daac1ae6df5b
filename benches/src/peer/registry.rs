//! Starting plugins with inventory, a `HashMap` and petgraph: what a careful program does without a framework.

#[expect(clippy::disallowed_types, reason = "a peer is measured as its users write it")]
type Map<K, V> = std::collections::HashMap<K, V>;

use super::toposort::{Manifest, Ranges, order};
use crate::fleet::{Entry, Named};

/// Plugins in start order, and where each name is.
#[derive(Default)]
pub struct Registry {
    plugins: Vec<Box<dyn Named>>,
    by_name: Map<&'static str, usize>,
}

impl Registry {
    /// Collects what inventory holds, reads the versions, checks and orders the graph, and makes every plugin.
    #[must_use]
    pub fn start() -> Self {
        let entries: Vec<&Entry> = inventory::iter::<Entry>().collect();
        let manifests: Vec<Manifest> = entries.iter().copied().map(manifest).collect();
        let mut registry = Self::default();
        for index in order(&manifests, Ranges::Parsed) {
            let plugin = (entries[index].make)();
            registry.by_name.insert(plugin.name(), registry.plugins.len());
            registry.plugins.push(plugin);
        }
        registry
    }

    /// Finds a plugin by its name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&dyn Named> {
        Some(&*self.plugins[*self.by_name.get(name)?])
    }

    /// How many plugins there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.plugins.len()
    }
}

fn manifest(entry: &Entry) -> Manifest {
    let range = |&(name, text): &(&'static str, &'static str)| {
        (name, text, semver::VersionReq::parse(text).expect("entries hold valid ranges"))
    };
    Manifest {
        name: entry.name,
        version: semver::Version::parse(entry.version).expect("entries hold valid versions"),
        requires: entry.requires.iter().map(range).collect(),
    }
}
