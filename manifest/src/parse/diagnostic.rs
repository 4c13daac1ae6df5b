//! One mistake, told so that it can be mended without looking anything up, and the bag that collects them.

use super::source::Place;

/// Whether a diagnostic stops the build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The file is refused.
    Error,
    /// The file is accepted; the author should still know.
    Warning,
}

/// A second place that explains the first, for example where a name was written before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Related {
    /// What stands there, a lowercase phrase.
    pub label: String,
    /// Where.
    pub place: Place,
}

/// One mistake in a file. `Display` gives the full text: code and message, place, line with carets, notes, help.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Diagnostic {
    /// Stable code, `KW` and four digits; `docs/errors/` has a page for each.
    pub code: &'static str,
    /// Whether it stops the build.
    pub severity: Severity,
    /// What was found, a lowercase phrase.
    pub message: String,
    /// Where it was found.
    pub place: Place,
    /// Valid names near the one written, nearest first, three at most.
    pub similar: Vec<String>,
    /// Places that explain the mistake.
    pub related: Vec<Related>,
    /// The edit to make; empty when the message says it all.
    pub help: String,
}

impl Diagnostic {
    /// Begins an error.
    #[must_use]
    pub fn new(code: &'static str, place: Place, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            message: message.into(),
            place,
            similar: Vec::new(),
            related: Vec::new(),
            help: String::new(),
        }
    }

    /// Makes it a warning.
    #[must_use]
    pub fn warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }

    /// Says which edit mends it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// Adds valid names near the one written; three are kept.
    #[must_use]
    pub fn similar(mut self, mut names: Vec<String>) -> Self {
        names.truncate(3);
        self.similar = names;
        self
    }

    /// Adds a place that explains the mistake.
    #[must_use]
    pub fn related(mut self, label: impl Into<String>, place: Place) -> Self {
        self.related.push(Related { label: label.into(), place });
        self
    }
}

/// Diagnostics that a report shows; who has more is helped better by fewer.
const MOST: usize = 100;

/// All mistakes of one file, in the order of the file: at least one, 100 at most, and how many are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    diagnostics: Vec<Diagnostic>,
    omitted: usize,
}

impl Report {
    /// The mistakes, in the order of the file.
    #[must_use]
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// How many more there were.
    #[must_use]
    pub const fn omitted(&self) -> usize {
        self.omitted
    }

    /// Takes the mistakes out.
    #[must_use]
    pub fn into_diagnostics(self) -> Vec<Diagnostic> {
        self.diagnostics
    }
}

impl From<Diagnostic> for Report {
    fn from(diagnostic: Diagnostic) -> Self {
        Self { diagnostics: vec![diagnostic], omitted: 0 }
    }
}

impl std::error::Error for Report {}

/// The bag in which mistakes are collected while a file is read.
///
/// The only way to see what is inside is [`finish`](Self::finish), so a mistake cannot be forgotten; a bag that is dropped with
/// something in it fails the debug build.
#[derive(Debug, Default)]
#[must_use = "call `finish` to learn whether anything was found"]
pub struct Findings {
    diagnostics: Vec<Diagnostic>,
}

impl Findings {
    /// An empty bag.
    pub const fn new() -> Self {
        Self { diagnostics: Vec::new() }
    }

    /// Adds a mistake or a warning.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Tells whether an error (not only a warning) was found so far.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// How many mistakes and warnings were found so far.
    #[cfg(feature = "lock")]
    pub(crate) const fn count(&self) -> usize {
        self.diagnostics.len()
    }

    /// Sorts by place and gives the warnings when there is no error.
    ///
    /// # Errors
    /// Everything found, warnings included, when at least one is an error.
    pub fn finish(mut self) -> Result<Vec<Diagnostic>, Report> {
        let failed = self.has_errors();
        let mut diagnostics = std::mem::take(&mut self.diagnostics);
        diagnostics.sort_by_key(|diagnostic| (diagnostic.place.line, diagnostic.place.column, diagnostic.code));
        if !failed {
            return Ok(diagnostics);
        }
        let omitted = diagnostics.len().saturating_sub(MOST);
        diagnostics.truncate(MOST);
        Err(Report { diagnostics, omitted })
    }
}

impl Drop for Findings {
    fn drop(&mut self) {
        debug_assert!(
            self.diagnostics.is_empty() || std::thread::panicking(),
            "diagnostics were collected and then dropped without `finish`"
        );
    }
}
