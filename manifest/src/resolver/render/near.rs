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
    pub(super) const fn new(cells: usize) -> Self {
        Self { cells }
    }

    /// Writes which plugins of the build, or of those that could be enabled, have a similar name. Answers whether there are any.
    pub(super) const fn push_plugins(&mut self, out: &mut Text<'_>, graph: &Graph<'_>, wanted: &str) -> bool {
        if !self.afford(graph.plugins.len() + graph.available.len(), wanted) {
            return false;
        }
        let mut best = Best::NONE;
        let mut index = 0;
        while index < graph.plugins.len() {
            best.consider(wanted, graph.plugins[index].id.as_str());
            index += 1;
        }
        index = 0;
        while index < graph.available.len() {
            best.consider(wanted, graph.available[index].id.as_str());
            index += 1;
        }
        best.push(out)
    }

    /// The same for the services that plugins provide or could provide.
    pub(super) const fn push_services(&mut self, out: &mut Text<'_>, graph: &Graph<'_>, wanted: &str) -> bool {
        let mut services = 0;
        let mut index = 0;
        while index < graph.plugins.len() {
            services += graph.plugins[index].provides.len();
            index += 1;
        }
        index = 0;
        while index < graph.available.len() {
            services += graph.available[index].provides.len();
            index += 1;
        }
        if !self.afford(services, wanted) {
            return false;
        }
        let mut best = Best::NONE;
        index = 0;
        while index < graph.plugins.len() {
            let provides = graph.plugins[index].provides;
            let mut item = 0;
            while item < provides.len() {
                best.consider(wanted, provides[item].id.as_str());
                item += 1;
            }
            index += 1;
        }
        index = 0;
        while index < graph.available.len() {
            let provides = graph.available[index].provides;
            let mut item = 0;
            while item < provides.len() {
                best.consider(wanted, provides[item].0);
                item += 1;
            }
            index += 1;
        }
        best.push(out)
    }

    /// Whether one name may be a misspelling of another.
    pub(super) const fn is_misspelt(&mut self, wanted: &str, name: &str) -> bool {
        self.afford(1, wanted) && closeness(wanted, name).is_some()
    }

    /// Takes what a search among `names` may cost. A search is made whole or not at all, or its outcome would depend on their order.
    const fn afford(&mut self, names: usize, wanted: &str) -> bool {
        let cost = names * wanted.len() * wanted.len();
        if cost > self.cells {
            return false;
        }
        self.cells -= cost;
        true
    }
}

impl Best {
    const NONE: Self = Self { names: [""; 3], distances: [usize::MAX; 3], count: 0 };

    const fn consider(&mut self, wanted: &str, name: &'static str) {
        if let Some(distance) = closeness(wanted, name) {
            self.insert(name, distance);
        }
    }

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

/// How many edits make `name` the one that was wanted, when they are so few that it may be a misspelling.
pub(crate) const fn closeness(wanted: &str, name: &str) -> Option<usize> {
    let (left, right) = (wanted.as_bytes(), name.as_bytes());
    let allowed = if left.len() < 6 { 1 } else { left.len() / 3 };
    if left.len().abs_diff(right.len()) > allowed || left.len() > LONGEST || right.len() > LONGEST {
        return None;
    }
    let distance = distance(left, right);
    if distance <= allowed { Some(distance) } else { None }
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
