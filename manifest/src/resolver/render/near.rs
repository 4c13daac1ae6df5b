//! Names that resemble one that was not found, three at most.

use crate::message::Text;
use crate::resolver::Graph;
use crate::text;

/// Names longer than this are not compared.
const LONGEST: usize = 64;

/// How much may still be compared. Inside rustc each cell of the distance table has its price, and a long list of missing plugins must
/// not make the compiler give up before it has printed the first.
pub(super) struct Near {
    cells: usize,
}

/// The best candidates found so far.
struct Best {
    names: [&'static str; 3],
    distances: [usize; 3],
    count: usize,
}

impl Near {
    pub(super) const fn new() -> Self {
        Self { cells: 150_000 }
    }

    /// Writes ``; similar names: `a`, `b` `` from the plugins of the build and those that could be enabled, or nothing.
    pub(super) const fn push_plugins(&mut self, out: &mut Text<'_>, graph: &Graph<'_>, wanted: &str) -> bool {
        let mut best = Best { names: [""; 3], distances: [usize::MAX; 3], count: 0 };
        let mut index = 0;
        while index < graph.plugins.len() {
            self.consider(&mut best, wanted, graph.plugins[index].id.as_str());
            index += 1;
        }
        index = 0;
        while index < graph.available.len() {
            self.consider(&mut best, wanted, graph.available[index].id.as_str());
            index += 1;
        }
        best.push(out)
    }

    /// The same from the services that plugins provide or could provide.
    pub(super) const fn push_services(&mut self, out: &mut Text<'_>, graph: &Graph<'_>, wanted: &str) -> bool {
        let mut best = Best { names: [""; 3], distances: [usize::MAX; 3], count: 0 };
        let mut index = 0;
        while index < graph.plugins.len() {
            let provides = graph.plugins[index].provides;
            let mut item = 0;
            while item < provides.len() {
                self.consider(&mut best, wanted, provides[item].id.as_str());
                item += 1;
            }
            index += 1;
        }
        index = 0;
        while index < graph.available.len() {
            let provides = graph.available[index].provides;
            let mut item = 0;
            while item < provides.len() {
                self.consider(&mut best, wanted, provides[item].0);
                item += 1;
            }
            index += 1;
        }
        best.push(out)
    }

    const fn consider(&mut self, best: &mut Best, wanted: &str, name: &'static str) {
        let (left, right) = (wanted.as_bytes(), name.as_bytes());
        let difference = left.len().abs_diff(right.len());
        let allowed = if left.len() < 6 { 1 } else { left.len() / 3 };
        let cells = left.len() * right.len();
        if difference > allowed || left.len() > LONGEST || right.len() > LONGEST || cells > self.cells {
            return;
        }
        self.cells -= cells;
        let distance = distance(left, right);
        if distance <= allowed {
            best.insert(name, distance);
        }
    }
}

impl Best {
    const fn insert(&mut self, name: &'static str, distance: usize) {
        let mut place = 0;
        while place < self.count {
            if text::equal(self.names[place], name) {
                return;
            }
            let comes_first = distance < self.distances[place]
                || (distance == self.distances[place] && text::compare(name, self.names[place]).is_lt());
            if comes_first {
                break;
            }
            place += 1;
        }
        if place == self.names.len() {
            return;
        }
        let mut last = if self.count < self.names.len() { self.count } else { self.names.len() - 1 };
        while last > place {
            self.names[last] = self.names[last - 1];
            self.distances[last] = self.distances[last - 1];
            last -= 1;
        }
        self.names[place] = name;
        self.distances[place] = distance;
        if self.count < self.names.len() {
            self.count += 1;
        }
    }

    /// Writes the names; answers whether there were any.
    const fn push(&self, out: &mut Text<'_>) -> bool {
        let mut index = 0;
        while index < self.count {
            out.push(match index {
                0 if self.count == 1 => "a similar name exists: `",
                0 => "similar names exist: `",
                _ => ", `",
            });
            out.push(self.names[index]).push("`");
            index += 1;
        }
        self.count > 0
    }
}

/// Levenshtein's distance with one row, for names of at most [`LONGEST`] bytes.
const fn distance(left: &[u8], right: &[u8]) -> usize {
    let mut row = [0; LONGEST + 1];
    let mut column = 0;
    while column <= right.len() {
        row[column] = column;
        column += 1;
    }
    let mut line = 0;
    while line < left.len() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        column = 0;
        while column < right.len() {
            let replaced = if left[line] == right[column] { diagonal } else { diagonal + 1 };
            diagonal = row[column + 1];
            let shorter = if row[column] < diagonal { row[column] } else { diagonal };
            row[column + 1] = if shorter + 1 < replaced { shorter + 1 } else { replaced };
            column += 1;
        }
        line += 1;
    }
    row[right.len()]
}
