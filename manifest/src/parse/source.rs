//! The text being read: turns byte spans into places a person can find.

use std::ops::Range;

use crate::Location;

/// A value with the bytes of the file it was written in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Byte range in the text of the file.
    pub span: Range<usize>,
}

impl<T> Spanned<T> {
    /// Puts a value and its byte range together.
    pub const fn new(value: T, span: Range<usize>) -> Self {
        Self { value, span }
    }
}

/// A file's text with the name to show for it in messages.
#[derive(Debug, Clone)]
pub struct Source {
    shown_as: String,
    text: String,
    line_starts: Vec<usize>,
}

impl Source {
    /// Takes a text and the name that messages show, for example `plugins/sitemap/plugin.toml`.
    #[must_use]
    pub fn new(text: &str, shown_as: &str) -> Self {
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(index, _)| index + 1)).collect();
        Self { shown_as: shown_as.to_owned(), text: text.to_owned(), line_starts }
    }

    /// The name that messages show.
    #[must_use]
    pub fn shown_as(&self) -> &str {
        &self.shown_as
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text of a byte range; empty when the range is not one of this text.
    #[must_use]
    pub fn slice(&self, span: &Range<usize>) -> &str {
        self.text.get(span.clone()).unwrap_or("")
    }

    /// The number, counted from 1, of the line that holds a byte.
    #[must_use]
    pub fn line(&self, offset: usize) -> usize {
        self.line_starts.partition_point(|line_start| *line_start <= offset).max(1)
    }

    /// Where a byte range begins, with its line. A range past the end, or inside a character, is moved back to fit.
    #[must_use]
    pub fn place(&self, span: &Range<usize>) -> Place {
        let start = self.text.floor_char_boundary(span.start.min(self.text.len()));
        let end = self.text.floor_char_boundary(span.end.clamp(start, self.text.len()));
        let line = self.line(start);
        let line_start = self.line_starts[line - 1];
        let rest = &self.text[line_start..];
        let snippet = rest.split('\n').next().unwrap_or("");
        let snippet = snippet.strip_suffix('\r').unwrap_or(snippet);
        let line_end = line_start + snippet.len();
        let column = self.text[line_start..start.min(line_end)].chars().count() + 1;
        let width = self.text[start.min(line_end)..end.min(line_end)].chars().count().max(1);
        Place {
            file: self.shown_as.clone(),
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(column).unwrap_or(u32::MAX),
            snippet: snippet.to_owned(),
            width: u32::try_from(width).unwrap_or(u32::MAX),
        }
    }

    /// The file as a whole, without a line.
    #[must_use]
    pub fn whole(&self) -> Place {
        Place::file(&self.shown_as)
    }
}

/// A place in a file with the line that stands there: a [`Location`] that owns its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file as a reader would name it.
    pub file: String,
    /// Line number, counted from 1; 0 when the file as a whole is meant.
    pub line: u32,
    /// Column in characters, counted from 1.
    pub column: u32,
    /// The source line exactly as written, without its line break.
    pub snippet: String,
    /// How many characters the caret underlines, at least 1.
    pub width: u32,
}

/// Characters kept behind the underlined part when a line becomes part of a binary.
const TAIL: usize = 80;

impl Place {
    /// A whole file.
    #[must_use]
    pub fn file(shown_as: &str) -> Self {
        Self { file: shown_as.to_owned(), line: 0, column: 0, snippet: String::new(), width: 0 }
    }

    /// Makes the `const` form. The strings are leaked: a location lives as long as the process.
    ///
    /// The snippet is made safe to print and cut behind the underlined part, so a giant line does not end up in a binary.
    #[must_use]
    pub fn to_location(&self) -> Location {
        let keep = (self.column as usize).saturating_add(self.width as usize).saturating_add(TAIL);
        let snippet: String = self.snippet.chars().take(keep).map(super::render::printable).collect();
        Location {
            file: super::descriptor::leak(&self.file),
            line: self.line,
            column: self.column,
            snippet: super::descriptor::leak(&snippet),
            width: self.width,
        }
    }
}
