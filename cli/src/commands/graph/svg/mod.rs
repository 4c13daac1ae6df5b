//! A graph as a picture: a column for each level, from left to right, and curves to what plugins wait for.

mod layout;

use std::fmt::Write;

use super::{Graph, GraphEdge};
use layout::{BOX_HEIGHT, BOX_PADDING, Layout, Place};

/// What stands before the lines and the boxes.
const HEAD: &str = "<defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" \
                    orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" fill=\"#667\"/></marker></defs>\n<rect width=\"100%\" height=\"100%\" \
                    fill=\"#fff\"/>\n";

/// Draws the graph. What a line is about is its title, which browsers show when the pointer rests on it.
pub(super) fn draw(graph: &Graph) -> String {
    let layout = Layout::of(graph);
    let (width, height) = (layout.width, layout.height);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         font-family=\"monospace\" font-size=\"12\">\n{HEAD}"
    );
    for (edge, way) in graph.edges.iter().zip(&layout.ways) {
        let dashes = if edge.optional { " stroke-dasharray=\"4 3\"" } else { "" };
        // A string takes any text; so below.
        let _ = writeln!(
            svg,
            "<path d=\"{}\" fill=\"none\" stroke=\"#667\"{dashes} marker-end=\"url(#arrow)\"><title>{}</title></path>",
            curve(way),
            escaped(&title(edge))
        );
    }
    for (plugin, place) in graph.plugins.iter().zip(&layout.boxes) {
        let Place { left, width, middle } = *place;
        let _ = writeln!(
            svg,
            "<rect x=\"{left}\" y=\"{}\" width=\"{width}\" height=\"{BOX_HEIGHT}\" rx=\"5\" fill=\"#f4f6fa\" stroke=\"#445\"/>\
             <text x=\"{}\" y=\"{}\" fill=\"#112\">{}<tspan fill=\"#778\"> {}</tspan></text>",
            middle - BOX_HEIGHT / 2,
            left + BOX_PADDING,
            middle + 4,
            escaped(&plugin.id),
            escaped(&plugin.version)
        );
    }
    svg.push_str("</svg>\n");
    svg
}

/// From the left side of the first box, through all bends, to the right side of the last.
fn curve(way: &[Place]) -> String {
    let mut path = String::new();
    for (index, pair) in way.windows(2).enumerate() {
        let (from, to) = (pair[0], pair[1]);
        let (x, end) = (from.left, to.left + to.width);
        let half = x.saturating_sub(end) / 2;
        let begin = if index == 0 { 'M' } else { 'L' };
        let _ = write!(
            path,
            "{begin}{x} {}C{} {} {} {} {end} {}",
            from.middle,
            x - half,
            from.middle,
            end + half,
            to.middle,
            to.middle
        );
    }
    path
}

fn title(edge: &GraphEdge) -> String {
    let label = if edge.label.is_empty() { &edge.kind } else { &edge.label };
    format!("{} → {}: {label}", edge.from, edge.to)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::graph::GraphPlugin;

    pub(super) fn graph(plugins: &[(&str, usize)], edges: &[(&str, &str)]) -> Graph {
        let plugin =
            |(id, level): &(&str, usize)| GraphPlugin { id: (*id).to_owned(), version: "1.0.0".to_owned(), level: *level };
        let edge = |(from, to): &(&str, &str)| GraphEdge {
            from: (*from).to_owned(),
            to: (*to).to_owned(),
            kind: "requires".to_owned(),
            label: ">=1, <2".to_owned(),
            optional: false,
            place: String::new(),
        };
        Graph { plugins: plugins.iter().map(plugin).collect(), edges: edges.iter().map(edge).collect() }
    }

    #[test]
    fn what_stands_in_titles_is_escaped() {
        let svg = draw(&graph(&[("a", 0), ("b", 1)], &[("b", "a")]));
        assert!(svg.contains("b → a: &gt;=1, &lt;2"), "{svg}");
        assert_eq!(svg.matches("<rect x=").count(), 2);
    }
}
