//! Why a host did not start.

use std::fmt;

use super::failure::{PluginError, Problem};
use super::report::StartReport;
use super::stop::StopReport;

/// Why a host did not start: everything that was wrong, not only the first.
///
/// Either what the host was given was wrong, and no plugin was touched ([`problems`](Self::problems)); or plugins that it cannot do
/// without failed, and all that had been started were stopped again ([`failures`](Self::failures)).
///
/// Its `Debug` form is the same text as its `Display` form, so that a `main` that returns it shows a person what to do.
pub struct StartError(Box<Parts>);

#[derive(Default)]
struct Parts {
    problems: Vec<Problem>,
    notes: Vec<String>,
    report: Option<StartReport>,
    stopped: StopReport,
    /// What a preview found out.
    foreseen: Vec<PluginError>,
    is_preview: bool,
}

impl StartError {
    pub(super) fn refused(problems: Vec<Problem>) -> Self {
        Self(Box::new(Parts { problems, ..Parts::default() }))
    }

    pub(super) fn failed(report: StartReport, stopped: StopReport) -> Self {
        Self(Box::new(Parts { report: Some(report), stopped, ..Parts::default() }))
    }

    /// What would keep plugins from starting that the host cannot do without; none was touched.
    #[cfg(feature = "native")]
    pub(super) fn foreseen(errors: Vec<PluginError>) -> Self {
        Self(Box::new(Parts { foreseen: errors, is_preview: true, ..Parts::default() }))
    }

    /// The same of a host that nobody has started.
    #[cfg(feature = "native")]
    pub(super) fn of_preview(mut self) -> Self {
        self.0.is_preview = true;
        self
    }

    /// The same with what was found on the way, where a plugin is missing: it may say why.
    #[cfg(feature = "native")]
    pub(super) fn with_notes(mut self, notes: impl IntoIterator<Item = String>) -> Self {
        let tells_of_missing = |problem: &Problem| matches!(problem.code(), "KW0611" | "KW0625");
        if self.0.problems.iter().any(tells_of_missing) {
            self.0.notes.extend(notes);
        }
        self
    }

    /// What may be the reason why a plugin is missing: folders that are not there, and what in them could not be used.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.0.notes
    }

    /// What was wrong with the configuration, the mounts or the table.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.0.problems
    }

    /// What went wrong with plugins, in start order: those that failed and those that therefore were not started. Of a
    /// [preview](crate::HostBuilder::preview), what would go wrong with them.
    pub fn failures(&self) -> impl Iterator<Item = &PluginError> {
        let failed = self.0.report.iter().flat_map(|report| report.plugins.iter().filter_map(|plugin| plugin.error.as_ref()));
        failed.chain(&self.0.foreseen)
    }

    /// The state of every plugin when the start was given up, before the started ones were stopped; `None` when none was touched.
    #[must_use]
    pub fn report(&self) -> Option<&StartReport> {
        self.0.report.as_ref()
    }

    /// How the plugins that had been started were stopped again.
    #[must_use]
    pub fn stopped(&self) -> &StopReport {
        &self.0.stopped
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.0.is_preview { "the host would not start" } else { "the host did not start" })?;
        let failures = self.failures().map(PluginError::to_problem);
        for problem in self.0.problems.iter().cloned().chain(failures) {
            for line in problem.to_string().lines() {
                write!(formatter, "\n  {line}")?;
            }
        }
        for note in &self.0.notes {
            for (index, line) in note.lines().enumerate() {
                write!(formatter, "\n  {}{line}", if index == 0 { "note: " } else { "" })?;
            }
        }
        for error in self.0.stopped.errors() {
            write!(formatter, "\n  while stopping: {error}")?;
        }
        Ok(())
    }
}

// What a `main` prints that returns it.
impl fmt::Debug for StartError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl std::error::Error for StartError {}
