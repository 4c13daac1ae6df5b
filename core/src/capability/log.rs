//! Log lines that carry the id of the plugin that wrote them.

use std::fmt;
use std::sync::Arc;

use keyway_manifest::PluginId;

/// How much a log line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Something failed that a person should look at.
    Error,
    /// Something is wrong but was coped with.
    Warn,
    /// What an operator wants to know.
    Info,
    /// What helps to find a mistake.
    Debug,
    /// Everything.
    Trace,
}

/// Where log lines go; the host provides it.
#[keyway::boundary]
pub trait LogSink: Send + Sync {
    /// Whether lines of this level are kept, so that nobody formats in vain.
    fn enabled(&self, level: Level) -> bool;
    /// Takes one line.
    fn log(&self, plugin: PluginId, level: Level, message: fmt::Arguments<'_>);
}

/// Writes log lines in the plugin's name.
///
/// ```
/// # fn example(log: &keyway::capability::Logger, pages: usize) {
/// log.info(format_args!("indexed {pages} pages"));
/// # }
/// ```
#[derive(Clone)]
pub struct Logger {
    plugin: PluginId,
    sink: Arc<dyn LogSink>,
}

impl Logger {
    pub(crate) fn new(plugin: PluginId, sink: Arc<dyn LogSink>) -> Self {
        Self { plugin, sink }
    }

    /// Writes a line of any level.
    pub fn log(&self, level: Level, message: impl fmt::Display) {
        if self.sink.enabled(level) {
            self.sink.log(self.plugin, level, format_args!("{message}"));
        }
    }

    /// Writes that something failed that a person should look at.
    pub fn error(&self, message: impl fmt::Display) {
        self.log(Level::Error, message);
    }

    /// Writes that something is wrong but was coped with.
    pub fn warn(&self, message: impl fmt::Display) {
        self.log(Level::Warn, message);
    }

    /// Writes what an operator wants to know.
    pub fn info(&self, message: impl fmt::Display) {
        self.log(Level::Info, message);
    }

    /// Writes what helps to find a mistake.
    pub fn debug(&self, message: impl fmt::Display) {
        self.log(Level::Debug, message);
    }

    /// Writes the smallest steps.
    pub fn trace(&self, message: impl fmt::Display) {
        self.log(Level::Trace, message);
    }
}

impl fmt::Debug for Logger {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Logger").field("plugin", &self.plugin).finish_non_exhaustive()
    }
}
