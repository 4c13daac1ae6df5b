//! Where everything of a picture stands: plugins in columns by their levels, and a bend in each column that a line passes, so that no line
//! runs behind a box. The order in a column is the barycentre method of Sugiyama, Tagawa and Toda.

use super::super::{Graph, GraphPlugin};

const CHARACTER: usize = 7;
pub(super) const BOX_HEIGHT: usize = 34;
pub(super) const BOX_PADDING: usize = 12;
const BOX_ROW: usize = 50;
const BEND_ROW: usize = 22;
const COLUMN_GAP: usize = 90;
pub(super) const MARGIN: usize = 20;
/// How often columns are sorted by where their neighbours are; the picture changes little after that.
const SWEEPS: usize = 12;

/// The places of all boxes, and the ways of all lines.
#[derive(Debug)]
pub(super) struct Layout {
    /// The place of each plugin, by its index in the graph.
    pub(super) boxes: Vec<Place>,
    /// For each line of the graph, the places that it passes, from the plugin that waits to the one that it waits for.
    pub(super) ways: Vec<Vec<Place>>,
    /// The width of the picture.
    pub(super) width: usize,
    /// Its height.
    pub(super) height: usize,
}

/// Where a box or a bend stands.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place {
    pub(super) left: usize,
    pub(super) width: usize,
    pub(super) middle: usize,
}

/// Boxes and bends by number (the plugins first, by their index), which number stands in which column, and who is beside whom.
#[derive(Debug, Default)]
struct Stops {
    columns: Vec<Vec<usize>>,
    count: usize,
    /// For each line, the stops that it passes.
    ways: Vec<Vec<usize>>,
}

impl Layout {
    pub(super) fn of(graph: &Graph) -> Self {
        let mut stops = Stops::of(graph);
        for sweep in 0..SWEEPS {
            stops.sort(sweep % 2 == 0);
        }
        let is_box = |stop: usize| stop < graph.plugins.len();
        let row = |stop: &usize| if is_box(*stop) { BOX_ROW } else { BEND_ROW };
        let tall = |column: &Vec<usize>| column.iter().map(row).sum::<usize>();
        let tallest = stops.columns.iter().map(tall).max().unwrap_or(0);
        let mut places = vec![Place::default(); stops.count];
        let mut left = MARGIN;
        for column in &stops.columns {
            let boxes = column.iter().filter_map(|&stop| graph.plugins.get(stop));
            let width = boxes.map(box_width).max().unwrap_or(0);
            // A short column stands in the middle.
            let mut top = MARGIN + (tallest - tall(column)) / 2;
            for stop in column {
                places[*stop] = Place { left, width, middle: top + row(stop) / 2 };
                top += row(stop);
            }
            left += width + COLUMN_GAP;
        }
        Self {
            ways: stops.ways.iter().map(|way| way.iter().map(|&stop| places[stop]).collect()).collect(),
            width: left.max(COLUMN_GAP) - COLUMN_GAP + MARGIN,
            height: tallest + 2 * MARGIN,
            boxes: places.into_iter().take(graph.plugins.len()).collect(),
        }
    }
}

fn box_width(plugin: &GraphPlugin) -> usize {
    (plugin.id.chars().count() + 1 + plugin.version.chars().count()) * CHARACTER + 2 * BOX_PADDING
}

impl Stops {
    fn of(graph: &Graph) -> Self {
        let levels = graph.plugins.iter().map(|plugin| plugin.level + 1).max().unwrap_or(0);
        let mut stops = Self { columns: vec![Vec::new(); levels], count: graph.plugins.len(), ways: Vec::new() };
        for (index, plugin) in graph.plugins.iter().enumerate() {
            stops.columns[plugin.level].push(index);
        }
        let find = |id: &str| graph.plugins.iter().position(|plugin| plugin.id == id);
        for edge in &graph.edges {
            let (Some(from), Some(to)) = (find(&edge.from), find(&edge.to)) else {
                stops.ways.push(Vec::new());
                continue;
            };
            let mut way = vec![from];
            for level in (graph.plugins[to].level + 1..graph.plugins[from].level).rev() {
                stops.columns[level].push(stops.count);
                way.push(stops.count);
                stops.count += 1;
            }
            way.push(to);
            stops.ways.push(way);
        }
        stops
    }

    /// Sorts each column by the middle of each stop's neighbours on one side: those that it waits for, or those that wait for it.
    fn sort(&mut self, by_what_it_waits_for: bool) {
        let mut rows = vec![0; self.count];
        for column in &self.columns {
            for (row, &stop) in column.iter().enumerate() {
                // In thousandths of the column's height.
                rows[stop] = (2 * row + 1) * 500 / column.len();
            }
        }
        let mut sums = vec![(0, 0); self.count];
        for pair in self.ways.iter().flat_map(|way| way.windows(2)) {
            let (stop, neighbour) = if by_what_it_waits_for { (pair[0], pair[1]) } else { (pair[1], pair[0]) };
            sums[stop] = (sums[stop].0 + rows[neighbour], sums[stop].1 + 1);
        }
        let middle = |stop: usize| match sums[stop] {
            (_, 0) => rows[stop],
            (sum, count) => sum / count,
        };
        for column in &mut self.columns {
            column.sort_by_key(|&stop| middle(stop));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::graph::svg::tests::graph;

    #[test]
    fn lines_that_need_not_cross_do_not() {
        let graph = graph(&[("a", 0), ("b", 0), ("c", 0), ("x", 1), ("y", 1), ("z", 1)], &[("x", "c"), ("y", "b"), ("z", "a")]);
        let layout = Layout::of(&graph);
        for way in &layout.ways {
            assert_eq!(way[0].middle, way[1].middle, "{layout:?}");
        }
    }

    #[test]
    fn nothing_stands_on_anything_else() {
        let plugins = [("a", 0), ("b", 0), ("c", 1), ("d", 1), ("e", 2), ("f", 3)];
        let layout = Layout::of(&graph(&plugins, &[("c", "a"), ("e", "c"), ("f", "e"), ("f", "a"), ("f", "b"), ("e", "b")]));
        assert_eq!(layout.ways.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 2, 4, 4, 3]);
        let bends = layout.ways.iter().flat_map(|way| &way[1..way.len() - 1]).map(|place| (*place, BEND_ROW));
        let all: Vec<(Place, usize)> = layout.boxes.iter().map(|place| (*place, BOX_HEIGHT)).chain(bends).collect();
        for (index, (one, height)) in all.iter().enumerate() {
            assert!(one.left + one.width <= layout.width && one.middle + height / 2 <= layout.height);
            for (other, other_height) in &all[index + 1..] {
                let apart = one.left != other.left || one.middle.abs_diff(other.middle) >= (height + other_height) / 2;
                assert!(apart, "{one:?} {other:?}");
            }
        }
    }

    #[test]
    fn an_empty_graph_has_a_picture_too() {
        let layout = Layout::of(&graph(&[], &[]));
        assert_eq!((layout.width, layout.height), (MARGIN, 2 * MARGIN));
    }
}
