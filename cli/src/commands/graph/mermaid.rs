//! A graph as a Mermaid flowchart.

use std::fmt::Write;

use super::{Graph, GraphEdge};

/// Draws an arrow from each plugin to what it waits for: a line for a requirement, dotted for what may be absent and for mere order.
pub(super) fn draw(graph: &Graph) -> String {
    let mut text = String::from("flowchart LR\n");
    let mut line = |line: String| {
        // A string takes any text.
        let _ = writeln!(text, "    {line}");
    };
    let number = |id: &str| graph.plugins.iter().position(|plugin| plugin.id == id).unwrap_or_default();
    for (index, plugin) in graph.plugins.iter().enumerate() {
        line(format!("p{index}[\"{} {}\"]", plugin.id, plugin.version));
    }
    for edge in &graph.edges {
        let arrow = arrow(edge);
        line(format!("p{} {arrow} p{}", number(&edge.from), number(&edge.to)));
    }
    text
}

fn arrow(edge: &GraphEdge) -> String {
    let label = if edge.label.is_empty() { edge.kind.as_str() } else { edge.label.as_str() };
    if edge.optional { format!("-.->|\"{label}\"|") } else { format!("-->|\"{label}\"|") }
}
