//! Tables with aligned columns.

use anstyle::Style;

use super::{style, styled};

/// A table: names of columns, and rows of cells.
#[derive(Debug, Default)]
pub(crate) struct Table {
    /// Without names there is no line of them.
    columns: Vec<&'static str>,
    rows: Vec<Vec<Cell>>,
    indent: usize,
}

/// A text with its style.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    /// A text in a style.
    pub(crate) fn new(style: Style, text: impl Into<String>) -> Self {
        Self { text: text.into(), style }
    }

    fn width(&self) -> usize {
        self.text.chars().count()
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::new(Style::new(), text)
    }
}

impl Table {
    /// A table without rows.
    pub(crate) fn new<const N: usize>(columns: [&'static str; N]) -> Self {
        Self { columns: columns.to_vec(), ..Self::default() }
    }

    /// A table without names of columns.
    pub(crate) fn plain() -> Self {
        Self::default()
    }

    /// The table with its lines indented.
    pub(crate) fn indented(self) -> Self {
        Self { indent: 2, ..self }
    }

    /// Whether there are no rows.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Adds a row: a cell for each column.
    pub(crate) fn row<const N: usize>(&mut self, cells: [Cell; N]) {
        debug_assert!(self.columns.is_empty() || N == self.columns.len(), "a row has a cell for each column");
        self.rows.push(cells.into());
    }

    /// Adds a row of as many cells as there are.
    pub(crate) fn cells(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    /// The lines: the names of the columns, then the rows, none of which ends with spaces. Columns without a text are left out.
    pub(super) fn lines(&self) -> Vec<String> {
        if self.rows.is_empty() {
            return Vec::new();
        }
        let count = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<usize> = (0..count).map(|column| self.width(column)).collect();
        let header: Vec<Cell> = self.columns.iter().map(|name| Cell::new(style::HEADING, *name)).collect();
        let header = Some(&header).filter(|header| !header.is_empty());
        header.into_iter().chain(&self.rows).map(|row| " ".repeat(self.indent) + &line(row, &widths)).collect()
    }

    /// How wide a column is; 0 when no row has a text in it.
    fn width(&self, column: usize) -> usize {
        match self.rows.iter().filter_map(|row| row.get(column)).map(Cell::width).max().unwrap_or(0) {
            0 => 0,
            width => width.max(self.columns.get(column).map_or(0, |name| name.chars().count())),
        }
    }
}

fn line(row: &[Cell], widths: &[usize]) -> String {
    let cells: Vec<(&Cell, usize)> = row.iter().zip(widths.iter().copied()).filter(|(_, width)| *width > 0).collect();
    let last = cells.iter().rposition(|(cell, _)| !cell.text.is_empty());
    let mut line = String::new();
    for (index, (cell, width)) in cells.iter().enumerate().take(last.map_or(0, |last| last + 1)) {
        line.push_str(&styled(cell.style, &cell.text).to_string());
        if Some(index) != last {
            line.extend(std::iter::repeat_n(' ', width - cell.width() + 2));
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_empty_ones_left_out() {
        let mut table = Table::new(["id", "notice", "version", "feature"]);
        assert!(table.lines().is_empty());
        table.row(["site.a".into(), "".into(), "1.0.0".into(), "".into()]);
        table.row([Cell::new(style::BAD, "é"), "".into(), "2".into(), "feed".into()]);
        let plain: Vec<String> = table.lines().iter().map(|line| anstream::adapter::strip_str(line).to_string()).collect();
        assert_eq!(plain, ["id      version  feature", "site.a  1.0.0", "é       2        feed"]);
    }
}
