//! The text of an answer, line by line.

use std::fmt::Display;

use anstyle::Style;

use super::Table;
use super::style;

/// A text that grows by lines. Styles are written into it; whoever prints it takes them out where they are not wanted.
#[derive(Debug, Default)]
pub(crate) struct Page {
    text: String,
}

impl Page {
    /// Adds a line, or a text of several.
    pub(crate) fn line(&mut self, text: impl Display) {
        self.text.push_str(&text.to_string());
        self.text.push('\n');
    }

    /// Adds an empty line, unless the page is empty or already ends with one.
    pub(crate) fn gap(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// Adds a heading, with an empty line before it.
    pub(crate) fn heading(&mut self, text: impl Display) {
        self.gap();
        self.line(styled(style::HEADING, text));
    }

    /// Adds a table; nothing when it has no rows.
    pub(crate) fn table(&mut self, table: &Table) {
        for line in table.lines() {
            self.line(line);
        }
    }

    /// The whole text.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }
}

/// A text in a style.
pub(crate) fn styled(style: Style, text: impl Display) -> impl Display {
    format!("{style}{text}{style:#}")
}
