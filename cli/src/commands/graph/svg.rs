//! A graph as a picture: a column for each level, from left to right, and curves to what plugins wait for.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::{Graph, GraphPlugin};

const CHARACTER: usize = 7;
const BOX_HEIGHT: usize = 34;
const BOX_PADDING: usize = 12;
const ROW: usize = 50;
const GAP: usize = 90;
const MARGIN: usize = 20;
/// How often columns are sorted by where their neighbours are; the picture changes little after that.
const SWEEPS: usize = 8;

/// Where a box is.
#[derive(Debug, Clone, Copy)]
struct Place {
    left: usize,
    top: usize,
    width: usize,
}

impl Place {
    const fn middle(self) -> usize {
        self.top + BOX_HEIGHT / 2
    }
}

/// Draws the graph.
pub(super) fn draw(graph: &Graph) -> String {
    let places = places(graph);
    let right = places.values().map(|place| place.left + place.width).max().unwrap_or(0);
    let bottom = places.values().map(|place| place.top + BOX_HEIGHT).max().unwrap_or(0);
    let (width, height) = (right + MARGIN, bottom + MARGIN);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         font-family=\"monospace\" font-size=\"12\">\n\
         <defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\">\
         <path d=\"M0 0L8 4L0 8z\" fill=\"#667\"/></marker></defs>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    );
    let mut line = |line: String| {
        // A string takes any text.
        let _ = writeln!(svg, "{line}");
    };
    for edge in &graph.edges {
        let (Some(from), Some(to)) = (places.get(edge.from.as_str()), places.get(edge.to.as_str())) else { continue };
        let (x, y, to_x, to_y) = (from.left, from.middle(), to.left + to.width, to.middle());
        let bend = x.saturating_sub(to_x) / 2;
        let dashes = if edge.optional { " stroke-dasharray=\"4 3\"" } else { "" };
        let label = if edge.label.is_empty() { &edge.kind } else { &edge.label };
        line(format!(
            "<path d=\"M{x} {y}C{} {y} {} {to_y} {to_x} {to_y}\" fill=\"none\" stroke=\"#667\"{dashes} marker-end=\"url(#arrow)\">\
             <title>{} → {}: {}</title></path>",
            x - bend,
            to_x + bend,
            escaped(&edge.from),
            escaped(&edge.to),
            escaped(label)
        ));
    }
    for plugin in &graph.plugins {
        let Some(place) = places.get(plugin.id.as_str()) else { continue };
        line(format!(
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{BOX_HEIGHT}\" rx=\"5\" fill=\"#f4f6fa\" stroke=\"#445\"/>\
             <text x=\"{}\" y=\"{}\" fill=\"#112\">{}<tspan fill=\"#778\"> {}</tspan></text>",
            place.left,
            place.top,
            place.width,
            place.left + BOX_PADDING,
            place.middle() + 4,
            escaped(&plugin.id),
            escaped(&plugin.version)
        ));
    }
    svg.push_str("</svg>\n");
    svg
}

/// The places of the boxes, by the plugins' ids.
fn places(graph: &Graph) -> BTreeMap<&str, Place> {
    let columns = columns(graph);
    let tallest = columns.iter().map(Vec::len).max().unwrap_or(0);
    let mut places = BTreeMap::new();
    let mut left = MARGIN;
    for column in &columns {
        let width = column.iter().map(|plugin| width(plugin)).max().unwrap_or(0);
        // A short column stands in the middle.
        let first = MARGIN + (tallest - column.len()) * ROW / 2;
        for (row, plugin) in column.iter().enumerate() {
            places.insert(plugin.id.as_str(), Place { left, top: first + row * ROW, width });
        }
        left += width + GAP;
    }
    places
}

fn width(plugin: &GraphPlugin) -> usize {
    (plugin.id.chars().count() + 1 + plugin.version.chars().count()) * CHARACTER + 2 * BOX_PADDING
}

/// The plugins of each level, so sorted that few curves cross: each beside the middle of its neighbours (the barycentre method of Sugiyama,
/// Tagawa and Toda).
fn columns(graph: &Graph) -> Vec<Vec<&GraphPlugin>> {
    let levels = graph.plugins.iter().map(|plugin| plugin.level + 1).max().unwrap_or(0);
    let mut columns: Vec<Vec<&GraphPlugin>> = vec![Vec::new(); levels];
    for plugin in &graph.plugins {
        columns[plugin.level].push(plugin);
    }
    for sweep in 0..SWEEPS {
        let rows = rows(&columns);
        let of = |id: &str| -> Option<usize> {
            let forwards = sweep % 2 == 0;
            let neighbours = graph.edges.iter().filter_map(|edge| match forwards {
                true => (edge.from == id).then_some(edge.to.as_str()),
                false => (edge.to == id).then_some(edge.from.as_str()),
            });
            let at: Vec<usize> = neighbours.filter_map(|neighbour| rows.get(neighbour).copied()).collect();
            (!at.is_empty()).then(|| at.iter().sum::<usize>() / at.len())
        };
        let middles: BTreeMap<&str, usize> = rows.iter().map(|(&id, &row)| (id, of(id).unwrap_or(row))).collect();
        for column in &mut columns {
            column.sort_by_key(|plugin| middles.get(plugin.id.as_str()).copied());
        }
    }
    columns
}

/// Where each plugin is in its column, in thousandths of the column's height.
fn rows<'g>(columns: &[Vec<&'g GraphPlugin>]) -> BTreeMap<&'g str, usize> {
    let mut rows = BTreeMap::new();
    for column in columns {
        for (row, plugin) in column.iter().enumerate() {
            rows.insert(plugin.id.as_str(), (2 * row + 1) * 500 / column.len());
        }
    }
    rows
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::graph::GraphEdge;

    fn graph(plugins: &[(&str, usize)], edges: &[(&str, &str)]) -> Graph {
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
    fn boxes_do_not_touch_and_lines_that_need_not_cross_do_not() {
        let graph = graph(&[("a", 0), ("b", 0), ("c", 0), ("x", 1), ("y", 1), ("z", 1)], &[("x", "c"), ("y", "b"), ("z", "a")]);
        let places = places(&graph);
        let top = |id: &str| places[id].top;
        assert_eq!((top("x"), top("y"), top("z")), (top("c"), top("b"), top("a")));
        for (one, first) in &places {
            for (other, second) in places.iter().filter(|(other, _)| *other != one) {
                let apart = first.top.abs_diff(second.top) > BOX_HEIGHT
                    || first.left.abs_diff(second.left) > first.width.min(second.width);
                assert!(apart, "{one} {other}");
            }
        }
    }

    #[test]
    fn what_stands_in_labels_is_escaped() {
        let svg = draw(&graph(&[("a", 0), ("b", 1)], &[("b", "a")]));
        assert!(svg.contains("b → a: &gt;=1, &lt;2"), "{svg}");
        assert_eq!(svg.matches("<rect x=").count(), 2);
        assert!(draw(&graph(&[], &[])).ends_with("</svg>\n"));
    }
}
