//! Log lines of plugins as `tracing` events with the field `plugin`.

use std::fmt;

use keyway_manifest::PluginId;

use crate::capability::{Level, LogSink};
use crate::host::tell::{is_unheard, to_stderr};

/// Sends log lines to the program's `tracing` subscriber, under the target `keyway::plugin`; warnings and errors to stderr when
/// there is none.
pub(super) struct TracingLog;

macro_rules! at_level {
    ($level:expr, $name:ident => $action:expr) => {
        match $level {
            Level::Error => {
                const $name: tracing::Level = tracing::Level::ERROR;
                $action
            }
            Level::Warn => {
                const $name: tracing::Level = tracing::Level::WARN;
                $action
            }
            Level::Info => {
                const $name: tracing::Level = tracing::Level::INFO;
                $action
            }
            Level::Debug => {
                const $name: tracing::Level = tracing::Level::DEBUG;
                $action
            }
            Level::Trace => {
                const $name: tracing::Level = tracing::Level::TRACE;
                $action
            }
        }
    };
}

impl LogSink for TracingLog {
    fn enabled(&self, level: Level) -> bool {
        (is_loud(level) && is_unheard()) || at_level!(level, LEVEL => tracing::enabled!(target: "keyway::plugin", LEVEL))
    }

    fn log(&self, plugin: PluginId, level: Level, message: fmt::Arguments<'_>) {
        at_level!(level, LEVEL => tracing::event!(target: "keyway::plugin", LEVEL, plugin = plugin.as_str(), "{message}"));
        if is_loud(level) && is_unheard() {
            let name = if level == Level::Error { "error" } else { "warn" };
            to_stderr(name, format_args!("plugin `{plugin}`: {message}"));
        }
    }
}

/// Whether a line is written to stderr in a program that has set up no log.
fn is_loud(level: Level) -> bool {
    matches!(level, Level::Error | Level::Warn)
}
