//! What an operator is told about one job, and how a run that was asked for ended.

use std::fmt;
use std::time::{Duration, SystemTime};

use keyway_manifest::PluginId;
use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::host::failure::Problem;
use crate::host::info::millis;
use crate::job::Cause;

/// One job of a running plugin, at one moment. Serialises for JSON; times become milliseconds since 1970, durations milliseconds.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct JobInfo {
    /// The plugin that has it.
    pub plugin: PluginId,
    /// Its name.
    pub name: String,
    /// Its schedule, as it was written.
    pub schedule: String,
    /// How long a run may take; `None` for no limit.
    pub limit: Option<Duration>,
    /// When it runs next, jitter included; `None` when its schedule has no further moment.
    pub next: Option<SystemTime>,
    /// Since when it is being run; `None` when it is not.
    pub running_since: Option<SystemTime>,
    /// The run that ended last.
    pub last: Option<LastRun>,
    /// What became of its runs since the plugin was started.
    pub counts: JobCounts,
}

/// A run that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LastRun {
    /// When it began.
    pub began: SystemTime,
    /// How long it took.
    pub took: Duration,
    /// Why it ran.
    pub cause: Cause,
    /// How it ended.
    pub outcome: JobOutcome,
}

/// How a run of a job ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum JobOutcome {
    /// The job is done.
    Done,
    /// The job failed; the text is the plugin's error, or names the panic or the deadline.
    Failed(String),
    /// The plugin was not called: its breaker is open, or it has too many calls.
    Refused(String),
    /// The plugin was stopped, and the run did not end in time.
    Cancelled,
}

/// What became of the runs of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct JobCounts {
    /// Runs that were begun, those that were refused included.
    pub runs: u64,
    /// Runs that did not end well.
    pub failures: u64,
    /// Runs left out because the former one was not over.
    pub skipped: u64,
    /// Runs left out because the host could not make them at their time.
    pub missed: u64,
}

/// Why a job was not run on request. Its `Debug` form is the same text as its `Display` form.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RunJobError {
    /// No running plugin of this id has such a job.
    Unknown {
        /// The plugin.
        plugin: String,
        /// The job.
        job: String,
        /// The jobs that the plugin has.
        known: Vec<String>,
    },
    /// A run of the job goes on already.
    Busy {
        /// The plugin.
        plugin: String,
        /// The job.
        job: String,
    },
    /// The plugin was stopped in the meantime.
    Stopped {
        /// The plugin.
        plugin: String,
        /// The job.
        job: String,
    },
}

impl fmt::Display for RunJobError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (message, help) = match self {
            Self::Unknown { plugin, job, known } => {
                let known: Vec<_> = known.iter().map(|name| format!("`{name}`")).collect();
                let help = if known.is_empty() {
                    "a plugin has jobs while it runs; if it does, is `Job` in `provides(…)` of its `#[plugin(…)]`? `host.jobs()` lists all".to_owned()
                } else {
                    format!("it has {}", known.join(", "))
                };
                (format!("no running plugin `{plugin}` has a job `{job}`"), help)
            }
            Self::Busy { plugin, job } => {
                (format!("job `{job}` of plugin `{plugin}` was not run: it runs already"), "wait for its end".to_owned())
            }
            Self::Stopped { plugin, job } => (
                format!("job `{job}` of plugin `{plugin}` was not run: the plugin is stopped"),
                "enable the plugin first".to_owned(),
            ),
        };
        fmt::Display::fmt(&Problem::new("KW0693", message, help), formatter)
    }
}

// What a `main` prints that returns it.
impl fmt::Debug for RunJobError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl std::error::Error for RunJobError {}

impl JobOutcome {
    /// Whether the job is done.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        matches!(self, Self::Done)
    }
}

impl fmt::Display for JobOutcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done => formatter.write_str("done"),
            Self::Failed(error) => write!(formatter, "failed: {error}"),
            Self::Refused(error) => write!(formatter, "refused: {error}"),
            Self::Cancelled => formatter.write_str("cancelled, because its plugin was stopped"),
        }
    }
}

/// Milliseconds since 1970; 0 for what was before.
fn moment(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

impl Serialize for JobInfo {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let JobCounts { runs, failures, skipped, missed } = self.counts;
        let mut object = serializer.serialize_struct("JobInfo", 11)?;
        object.serialize_field("plugin", self.plugin.as_str())?;
        object.serialize_field("name", &self.name)?;
        object.serialize_field("schedule", &self.schedule)?;
        object.serialize_field("limit_ms", &self.limit.map(millis))?;
        object.serialize_field("next", &self.next.map(moment))?;
        object.serialize_field("running_since", &self.running_since.map(moment))?;
        object.serialize_field("last", &self.last)?;
        object.serialize_field("runs", &runs)?;
        object.serialize_field("failures", &failures)?;
        object.serialize_field("skipped", &skipped)?;
        object.serialize_field("missed", &missed)?;
        object.end()
    }
}

impl Serialize for LastRun {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("LastRun", 4)?;
        object.serialize_field("began", &moment(self.began))?;
        object.serialize_field("took_ms", &millis(self.took))?;
        object.serialize_field("cause", self.cause.as_str())?;
        object.serialize_field("outcome", &self.outcome.to_string())?;
        object.end()
    }
}
