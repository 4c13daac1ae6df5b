//! The plugins and what they require of each other, as a DOT graph.

use std::fmt::Write;

use super::PluginEntry;

/// A graph for Graphviz: boxes are plugins, ellipses services; solid arrows are requirements, dashed ones optional, dotted ones lead
/// from a service to who provides it.
#[must_use]
pub fn graph(entries: &[PluginEntry]) -> String {
    let mut dot = "digraph plugins {\n  rankdir = LR;\n  node [shape = box];\n".to_owned();
    let mut services: Vec<&str> = Vec::new();
    for entry in entries {
        // Writing to a string cannot fail. Ids and versions hold no character that would need an escape.
        let _ = writeln!(dot, "  \"{0}\" [label = \"{0}\\n{1}\"];", entry.id, entry.version);
        for service in &entry.provides {
            let _ = writeln!(dot, "  \"{service}\" -> \"{}\" [style = dotted];", entry.id);
            services.push(service);
        }
        for requirement in &entry.requires {
            let style = if requirement.optional { ", style = dashed" } else { "" };
            let _ = writeln!(dot, "  \"{}\" -> \"{}\" [label = \"{}\"{style}];", entry.id, requirement.id, requirement.versions);
            if requirement.kind == "service" {
                services.push(requirement.id);
            }
        }
    }
    services.sort_unstable();
    services.dedup();
    for service in services {
        let _ = writeln!(dot, "  \"{service}\" [shape = ellipse];");
    }
    dot.push_str("}\n");
    dot
}

#[cfg(test)]
mod tests {
    use super::super::{PluginEntry, RequirementEntry};
    use super::graph;

    fn entry(id: &'static str, requires: Vec<RequirementEntry>, provides: Vec<&'static str>) -> PluginEntry {
        PluginEntry {
            id,
            version: "1.0.0".to_owned(),
            package: "",
            tier: "static",
            library: None,
            approval: None,
            disabled: false,
            left_out: None,
            stability: "stable",
            description: "",
            level: 0,
            requires,
            provides,
            points: Vec::new(),
            permissions: Vec::new(),
        }
    }

    #[test]
    fn requirements_are_arrows() {
        let needs = |id, kind, optional| RequirementEntry { id, kind, versions: "^1", optional };
        let entries = [
            entry("a", vec![needs("b", "plugin", false), needs("service.s", "service", true)], vec![]),
            entry("b", vec![], vec!["service.s"]),
        ];
        let expected = "digraph plugins {\n  rankdir = LR;\n  node [shape = box];\n  \
            \"a\" [label = \"a\\n1.0.0\"];\n  \"a\" -> \"b\" [label = \"^1\"];\n  \"a\" -> \"service.s\" [label = \"^1\", style = dashed];\n  \
            \"b\" [label = \"b\\n1.0.0\"];\n  \"service.s\" -> \"b\" [style = dotted];\n  \"service.s\" [shape = ellipse];\n}\n";
        assert_eq!(graph(&entries), expected);
    }
}
