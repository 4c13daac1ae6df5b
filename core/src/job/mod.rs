//! Jobs: what a plugin has done on a schedule. An extension point of Keyway itself, so every host has it.
//!
//! ```
//! use keyway::job::{Job, JobRun, JobSpec};
//! use keyway::prelude::*;
//! use keyway::schedule;
//!
//! /// Looks for links that lead nowhere.
//! #[derive(Plugin)]
//! #[plugin(provides(Job), manifest_text = r#"
//!     manifest-version = 1
//!     [plugin]
//!     id = "doc.link-check"
//!     version = "1.0.0"
//!     host = "*"
//!     [permissions]
//!     "jobs.schedule" = { scope = ["check-links"], reason = "looks at every link once a night" }
//! "#)]
//! pub struct LinkCheck;
//!
//! impl Lifecycle for LinkCheck {
//!     type Config = ();
//!
//!     async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
//!         Ok(Self)
//!     }
//! }
//!
//! impl Job for LinkCheck {
//!     fn jobs(&self) -> Result<Vec<JobSpec>, Error> {
//!         Ok(vec![JobSpec::new("check-links", schedule!("30 3 * * *"))])
//!     }
//!
//!     async fn run(&self, run: &JobRun) -> Result<(), Error> {
//!         assert_eq!(run.job(), "check-links");
//!         Ok(())
//!     }
//! }
//! # fn main() {}
//! ```
#![cfg_attr(all(feature = "native", feature = "linkme"), allow(unsafe_code, reason = "linkme places the entry of `dyn Job`"))]

mod calendar;
mod cron;
mod mistake;
mod run;
mod schedule;
mod spec;

pub use mistake::ScheduleError;
pub use run::{Cause, JobRun, StopSignal};
pub use schedule::{Rule, Schedule};
#[cfg(feature = "host")]
pub(crate) use spec::Jitter;
pub use spec::{JobSpec, MOST_CAUGHT_UP, Missed, Overlap};

use crate::Error;

/// Has jobs that the host runs on a schedule.
///
/// A plugin that provides it asks for the permission `jobs.schedule`, with the names of its jobs as scopes.
#[keyway::extension_point(
    id = "keyway.job",
    version = "1.0.0",
    on_failure = "closed",
    deadline = "5min",
    permission = keyway::permission::JobsSchedule,
    uncounted
)]
pub trait Job {
    /// The jobs, each with its schedule. It is asked once, when the plugin has started.
    ///
    /// # Errors
    /// Whatever keeps the plugin from saying; then none of its jobs run.
    fn jobs(&self) -> Result<Vec<JobSpec>, Error>;

    /// Does one run of the job [`JobRun::job`]. It has 5 minutes unless the operator says otherwise, or less where
    /// [`JobSpec::within`] or `call` in `[limits]` of the manifest says so. Runs of one job never overlap; runs of different jobs may.
    ///
    /// # Errors
    /// What went wrong; the host tells the operator, with the plugin and the job, and runs it again when it is next due.
    async fn run(&self, run: &JobRun) -> Result<(), Error>;
}

#[cfg(feature = "host")]
impl JobGuard {
    /// [`run`](Self::run) with a time limit in place of the slot's.
    pub(crate) async fn run_within(&self, limit: Option<std::time::Duration>, run: &JobRun) -> Result<(), Error> {
        // The second method of the trait, carried as the generated guard does it.
        self.slot
            .call_async_within::<crate::guard::OutcomeClosed<Result<(), Error>>>(limit, 1, move || self.shielded.run(run))
            .await
    }
}
