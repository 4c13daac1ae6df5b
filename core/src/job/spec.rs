//! One job as its plugin declares it.

use std::time::Duration;

use super::Schedule;

/// So many missed runs are made up for at most, whatever [`Missed::RunAll`] asks for.
pub const MOST_CAUGHT_UP: u32 = 100;

/// One job: its name, its schedule, and what follows when a run cannot be at its time.
///
/// ```
/// use std::time::Duration;
/// use keyway::job::{JobSpec, Missed, Overlap};
/// use keyway::schedule;
///
/// let report = JobSpec::new("weekly-report", schedule!("0 6 * * mon"))
///     .jitter(Duration::from_secs(600))
///     .missed(Missed::RunOnce)
///     .overlap(Overlap::Queue);
/// assert_eq!(report.name(), "weekly-report");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, keyway::Boundary)]
#[must_use = "a job runs when `Job::jobs` answers it"]
pub struct JobSpec {
    pub(crate) name: String,
    pub(crate) schedule: Schedule,
    pub(crate) jitter: Jitter,
    pub(crate) overlap: Overlap,
    pub(crate) missed: Missed,
    pub(crate) at_start: bool,
    pub(crate) within: Option<Duration>,
}

/// By how much the runs of a job are late on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, keyway::Boundary)]
pub(crate) enum Jitter {
    None,
    Fixed(Duration),
    Random(Duration),
}

/// What becomes of a run that is due while the former one still goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, keyway::Boundary)]
pub enum Overlap {
    /// It is left out and counted.
    #[default]
    Skip,
    /// One run follows as soon as the former one has ended, however many were due; the others are left out and counted.
    Queue,
}

/// What becomes of runs that were due while the host could not run them: it was off, the machine slept, the clock was set forward, or the
/// plugin was disabled. A run counts as missed when it is more than a minute late.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, keyway::Boundary)]
pub enum Missed {
    /// They are left out and counted.
    #[default]
    Skip,
    /// One run makes up for all of them, at once.
    RunOnce,
    /// Each is made up for, one after the other, oldest first.
    RunAll {
        /// Only so many of the newest; [`MOST_CAUGHT_UP`] at most.
        at_most: u32,
    },
}

impl JobSpec {
    /// A job without jitter that leaves out what it missed and what would overlap.
    ///
    /// The name consists of letters, digits, `-`, `_` and `.`, 64 at most, and lies in the scopes of the plugin's `jobs.schedule`.
    pub fn new(name: impl Into<String>, schedule: Schedule) -> Self {
        Self {
            name: name.into(),
            schedule,
            jitter: Jitter::None,
            overlap: Overlap::Skip,
            missed: Missed::Skip,
            at_start: false,
            within: None,
        }
    }

    /// Starts each run later by a part of `most`, so that many hosts do not all begin in the same second. The part follows from the
    /// machine's name, the plugin and the job: on one machine it is always the same, and the time between runs stays what it is.
    pub fn jitter(mut self, most: Duration) -> Self {
        self.jitter = Jitter::Fixed(most);
        self
    }

    /// Like [`jitter`](Self::jitter), with another part each time.
    pub fn random_jitter(mut self, most: Duration) -> Self {
        self.jitter = Jitter::Random(most);
        self
    }

    /// Says what becomes of a run that is due while the former one still goes on.
    pub const fn overlap(mut self, overlap: Overlap) -> Self {
        self.overlap = overlap;
        self
    }

    /// Says what becomes of runs that could not be at their time.
    pub const fn missed(mut self, missed: Missed) -> Self {
        self.missed = missed;
        self
    }

    /// Also runs it once when its plugin has started, with the host or later.
    pub const fn at_start(mut self) -> Self {
        self.at_start = true;
        self
    }

    /// Gives each run so much time and no more; a run that takes longer is ended and counts as failed.
    ///
    /// Without it a run has what the host gives to all jobs: 5 minutes, unless the program
    /// (`HostBuilder::job_deadline`) or the operator (`job` in `[host.deadlines]`) says otherwise.
    /// More than that is not given either, and the log says so (KW0695).
    pub const fn within(mut self, limit: Duration) -> Self {
        self.within = Some(limit);
        self
    }

    /// The same job, which borrows nothing from the plugin that has it: that may be a library.
    #[cfg(feature = "host")]
    pub(crate) fn into_owned(self) -> Self {
        Self { schedule: self.schedule.into_owned(), ..self }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its schedule.
    #[must_use]
    pub const fn schedule(&self) -> &Schedule {
        &self.schedule
    }
}
