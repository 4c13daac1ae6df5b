//! Where in a TOML file something was written, as `const` data, so that a message made inside rustc can show the line.

/// A place in a manifest or policy file, with the text that stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Location {
    /// The file as a reader would name it, relative to the workspace root, for example `plugins/sitemap/plugin.toml`.
    pub file: &'static str,
    /// Line number, counted from 1; 0 when the place is unknown.
    pub line: u32,
    /// Column in characters, counted from 1.
    pub column: u32,
    /// The source line without its line break.
    pub snippet: &'static str,
    /// How many characters the caret underlines, at least 1.
    pub width: u32,
}

impl Location {
    /// A location that says nothing; rendered messages leave its snippet out.
    pub const UNKNOWN: Self = Self { file: "", line: 0, column: 0, snippet: "", width: 0 };

    /// Tells whether there is a line to show.
    #[must_use]
    pub const fn is_known(&self) -> bool {
        self.line > 0
    }
}
