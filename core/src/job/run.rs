//! One run of a job as the plugin sees it.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use crate::plugin::BoxFuture;

/// One run: of which job, for which time, and whether it should come to an end.
#[derive(keyway::Boundary)]
pub struct JobRun {
    job: String,
    due: SystemTime,
    cause: Cause,
    signal: Arc<dyn StopSignal>,
}

/// Why a job runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, keyway::Boundary)]
#[non_exhaustive]
pub enum Cause {
    /// Its schedule says so.
    Schedule,
    /// It makes up for a run that was missed.
    Missed,
    /// Its plugin has just started.
    Start,
    /// The program asked for it, with `Host::run_job`.
    Request,
}

/// Tells a run that the host wants it to end.
#[keyway::boundary]
pub trait StopSignal: Send + Sync {
    /// Whether it does.
    fn is_stopping(&self) -> bool;

    /// Waits until it does.
    fn stopping(&self) -> BoxFuture<'_, ()>;
}

impl JobRun {
    /// Puts a run together; hosts and tests do.
    #[must_use]
    pub fn new(job: impl Into<String>, due: SystemTime, cause: Cause, signal: Arc<dyn StopSignal>) -> Self {
        Self { job: job.into(), due, cause, signal }
    }

    /// The name of the job.
    #[must_use]
    pub fn job(&self) -> &str {
        &self.job
    }

    /// When it was due by its schedule, before jitter; for a run that no schedule asked for, when it began.
    #[must_use]
    pub const fn due(&self) -> SystemTime {
        self.due
    }

    /// Why it runs.
    #[must_use]
    pub const fn cause(&self) -> Cause {
        self.cause
    }

    /// Whether the plugin is about to be stopped. A long run asks between two pieces of work, and ends.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.signal.is_stopping()
    }

    /// Waits until the plugin is about to be stopped. A run that goes on all the same is cancelled after half of the plugin's time to stop.
    pub async fn stopping(&self) {
        self.signal.stopping().await;
    }
}

impl Cause {
    /// The cause as operators see it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Schedule => "schedule",
            Self::Missed => "missed",
            Self::Start => "start",
            Self::Request => "request",
        }
    }
}

impl fmt::Debug for JobRun {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { job, due, cause, .. } = self;
        formatter.debug_struct("JobRun").field("job", job).field("due", due).field("cause", cause).finish_non_exhaustive()
    }
}
