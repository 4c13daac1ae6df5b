//! A table drawn with spaces.

/// The rows of a table that is being read.
#[derive(Debug, Default)]
pub(super) struct Table {
    rows: Vec<Vec<String>>,
    /// How many of the first rows are headings.
    headings: usize,
}

/// Characters of the widest column that others are aligned to.
const WIDEST: usize = 60;

impl Table {
    pub(super) fn begin_row(&mut self) {
        self.rows.push(Vec::new());
    }

    /// Adds a cell to the last row.
    pub(super) fn add(&mut self, text: String, is_heading: bool) {
        if self.rows.is_empty() {
            self.begin_row();
        }
        if is_heading && self.headings + 1 == self.rows.len() {
            self.headings = self.rows.len();
        }
        if let Some(row) = self.rows.last_mut() {
            row.push(text);
        }
    }

    /// The lines, with a rule below the headings.
    pub(super) fn lines(&self) -> Vec<String> {
        let rows: Vec<&Vec<String>> = self.rows.iter().filter(|row| !row.is_empty()).collect();
        let columns = rows.iter().map(|row| row.len()).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0).min(WIDEST)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let mut lines = Vec::new();
        for (row, number) in rows.iter().zip(1..) {
            let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
            lines.push(cells.join("  ").trim_end().to_owned());
            // Below the last heading, unless there is nothing below it.
            if number == self.headings && number < rows.len() {
                lines.push(widths.iter().map(|width| "-".repeat(*width)).collect::<Vec<_>>().join("  "));
            }
        }
        lines
    }
}
