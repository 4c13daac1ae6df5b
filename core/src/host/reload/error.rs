//! Why a plugin was not reloaded.

use std::fmt;

use keyway_manifest::{PluginId, Version};

use crate::host::failure::{PluginError, Problem};
use crate::host::state::State;
use crate::host::switch::SwitchError;

/// A step of a reload in which the plugin's code runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Step {
    /// The new instance was made: `init`.
    Init,
    /// The extensions of the new instance were looked at.
    Points,
    /// The state was handed over for the first time, while the old instance served.
    State,
    /// `start` of the new instance.
    Start,
    /// The state was handed over for the second time. Calls that waited for it were refused as
    /// [`Unavailable`](crate::CallErrorKind::Unavailable).
    Handover,
}

impl Step {
    /// As messages and the audit log have it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Init => "init",
            Self::Points => "points",
            Self::State => "state",
            Self::Start => "start",
            Self::Handover => "handover",
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

/// Why a plugin was not reloaded; the instance that served goes on, with its state. Its `Debug` form is the same text as its `Display`
/// form.
#[derive(Clone)]
#[non_exhaustive]
pub enum ReloadError {
    /// The host has no such plugin, or has stopped.
    Unknown(SwitchError),
    /// The plugin does not run, so that there is nothing to be replaced.
    NotRunning {
        /// The plugin.
        plugin: PluginId,
        /// Its state.
        state: State,
    },
    /// The configuration, read again, has mistakes.
    Configuration(Vec<Problem>),
    /// The library of a native plugin is not there, or not taken.
    Library {
        /// The plugin.
        plugin: PluginId,
        /// Everything that is wrong with it; each problem has a code of its own.
        problems: Vec<Problem>,
    },
    /// With the new release the plugins would not fit together.
    Graph {
        /// The plugin.
        plugin: PluginId,
        /// The version that would come.
        version: Version,
        /// The report of the resolver; each problem in it has a code of its own.
        report: String,
    },
    /// The new release does not take the state of the one that serves.
    State {
        /// The plugin.
        plugin: PluginId,
        /// What keeps it, as a phrase.
        because: String,
        /// What mends it.
        help: String,
    },
    /// A step failed.
    Failed {
        /// Which.
        step: Step,
        /// What went wrong.
        error: Box<PluginError>,
    },
    /// There is no earlier release to go back to.
    NoHistory {
        /// The plugin.
        plugin: PluginId,
    },
}

impl ReloadError {
    pub(super) fn failed(step: Step, error: PluginError) -> Self {
        Self::Failed { step, error: Box::new(error) }
    }

    /// The stable code; `docs/errors/` has a page for each.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unknown(error) => error.code(),
            Self::NotRunning { .. } => "KW0770",
            Self::Configuration(_) => "KW0771",
            Self::Graph { .. } => "KW0772",
            Self::State { .. } => "KW0773",
            Self::Failed { .. } => "KW0774",
            Self::NoHistory { .. } => "KW0776",
            Self::Library { .. } => "KW0780",
        }
    }

    /// The step at which it ended, as the audit log has it.
    pub(super) const fn step(&self) -> &'static str {
        match self {
            Self::Failed { step, .. } => step.as_str(),
            _ => "plan",
        }
    }

    pub(super) fn into_plugin_error(self) -> Option<PluginError> {
        match self {
            Self::Failed { error, .. } => Some(*error),
            _ => None,
        }
    }
}

impl fmt::Display for ReloadError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.code();
        let problem = |message: String, help: &str| Problem::new(code, message, help).to_string();
        match self {
            Self::Unknown(error) => error.fmt(formatter),
            Self::NotRunning { plugin, state } => formatter.write_str(&problem(
                format!("plugin `{plugin}` is not reloaded: it does not run, its state is `{state}`"),
                "enable it; it starts with the configuration of the host's start",
            )),
            Self::Configuration(problems) => {
                write!(formatter, "{code} nothing is reloaded: the configuration, read again, has mistakes")?;
                problems.iter().try_for_each(|problem| write!(formatter, "\n{problem}"))
            }
            Self::Library { plugin, problems } => {
                write!(formatter, "{code} plugin `{plugin}` is not reloaded: its library is not taken")?;
                problems.iter().try_for_each(|problem| write!(formatter, "\n{problem}"))
            }
            Self::Graph { plugin, version, report } => {
                write!(
                    formatter,
                    "{code} plugin `{plugin}` is not reloaded: with version {version} the plugins do not fit together\n{report}"
                )
            }
            Self::State { plugin, because, help } => {
                formatter.write_str(&problem(format!("plugin `{plugin}` is not reloaded: {because}"), help))
            }
            Self::Failed { step, error } => {
                let (plugin, version) = (error.plugin(), error.version());
                let message =
                    format!("plugin `{plugin}` goes on as it was: `{step}` of the reload to version {version} failed\n  {error}");
                formatter.write_str(&problem(message, "mend the cause and reload again"))
            }
            Self::NoHistory { plugin } => formatter.write_str(&problem(
                format!("plugin `{plugin}` cannot go back: the host has no earlier release of it"),
                "reload it once; `history` in `[host.reload]` says how many releases are kept",
            )),
        }
    }
}

// What a `main` prints that returns it.
impl fmt::Debug for ReloadError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl std::error::Error for ReloadError {}
