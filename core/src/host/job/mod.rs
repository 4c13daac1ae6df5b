//! The scheduler: takes the jobs of plugins that have started, runs them at their times, and ends them before their plugin stops.
//!
//! Times are those of the system's clock, in UTC. It is looked at twice a minute at least, because it may be set, and because the timers
//! of a machine that sleeps stand still.

#[cfg(not(feature = "data"))]
mod absent;
#[cfg(feature = "data")]
mod database;
mod entry;
mod info;
mod jitter;
mod last_times;
mod plan;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use keyway_manifest::shown_text;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::inner::Inner;
use super::tell::tell;
use crate::ExtensionPoint;
use crate::capability::ClockSource;
use crate::job::{Job, JobSpec};
use entry::{Entry, Guard, Terms};
pub use info::{JobCounts, JobInfo, JobOutcome, LastRun, RunJobError};
use last_times::LastTimes;

/// So many jobs one plugin may have.
const MOST_JOBS: usize = 256;
const LONGEST_NAME: usize = 64;

/// The jobs of a host's running plugins.
pub(super) struct Scheduler {
    clock: Arc<dyn ClockSource>,
    machine: Arc<str>,
    last_times: Arc<LastTimes>,
    /// By the rank of the plugin, and then in the order in which the plugin named them.
    jobs: Mutex<Vec<Scheduled>>,
}

struct Scheduled {
    rank: usize,
    entry: Arc<Entry>,
    keeper: JoinHandle<()>,
}

impl Scheduler {
    pub(super) fn new(clock: Arc<dyn ClockSource>) -> Self {
        Self { clock, machine: jitter::machine().into(), last_times: Arc::default(), jobs: Mutex::default() }
    }

    fn jobs(&self) -> MutexGuard<'_, Vec<Scheduled>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn infos(&self) -> Vec<JobInfo> {
        self.jobs().iter().map(|job| job.entry.info()).collect()
    }

    fn add(&self, rank: usize, entry: Arc<Entry>) {
        let plan = entry.plan();
        let keeper = tokio::spawn(Arc::clone(&entry).keep(plan));
        let mut jobs = self.jobs();
        let at = jobs.partition_point(|job| job.rank <= rank);
        jobs.insert(at, Scheduled { rank, entry, keeper });
    }

    /// Ends the jobs of plugins that are about to stop, given with the time that their runs have; answers how long that took.
    pub(super) async fn retire(&self, plugins: &[(usize, Duration)]) -> Duration {
        let limit = |rank: usize| plugins.iter().find(|(plugin, _)| *plugin == rank).map(|(_, limit)| *limit);
        let retired: Vec<_> = self.jobs().extract_if(.., |job| limit(job.rank).is_some()).collect();
        if retired.is_empty() {
            return Duration::ZERO;
        }
        let begun = Instant::now();
        retired.iter().for_each(|job| job.entry.stop());
        let mut ends = tokio::task::JoinSet::new();
        for Scheduled { rank, entry, keeper } in retired {
            let limit = limit(rank).unwrap_or_default();
            ends.spawn(async move {
                entry.end(limit).await;
                // It holds the plugin, which is to be dropped by whoever stops it.
                keeper.abort();
                let _ = keeper.await;
            });
        }
        while ends.join_next().await.is_some() {}
        begun.elapsed()
    }

    /// Ends all jobs without waiting, for a host that is dropped.
    pub(super) fn abandon(&self) {
        for job in self.jobs().drain(..) {
            job.entry.stop();
            job.keeper.abort();
            job.entry.let_go();
        }
    }
}

impl Inner {
    /// Takes the jobs of the plugins of the given ranks, as far as they run.
    pub(super) fn attach_jobs(&self, ranks: &[usize]) {
        for &rank in ranks {
            let running = self.members[rank].status().running.clone();
            let extensions = running.iter().flat_map(|running| running.extensions.iter());
            let held = extensions.filter(|held| held.erased.info.id == <dyn Job>::INFO.id);
            for held in held {
                let Some(shielded) = held.erased.shielded::<dyn Job>() else { continue };
                self.attach_jobs_of(rank, &<dyn Job>::guard(Arc::clone(&held.slot), shielded));
            }
        }
    }

    fn attach_jobs_of(&self, rank: usize, guard: &Guard) {
        let descriptor = self.members[rank].descriptor();
        let (plugin, version) = (descriptor.id.as_str(), descriptor.version);
        let specs = match guard.jobs() {
            Ok(specs) => specs,
            Err(error) => {
                let error = entry::show(error);
                tell!(error, { plugin, } "KW0691 no job of plugin `{plugin} {version}` will run: it has not said which it has: {error}");
                return;
            }
        };
        let terms = Terms {
            clock: Arc::clone(&self.jobs.clock),
            machine: Arc::clone(&self.jobs.machine),
            last_times: Arc::clone(&self.jobs.last_times),
            limit: self.call_limit(descriptor, <dyn Job>::INFO),
        };
        if !specs.is_empty() {
            terms.last_times.open(&self.world.data, terms.clock.now());
        }
        let mut taken: Vec<String> = Vec::new();
        for spec in specs.into_iter().map(JobSpec::into_owned) {
            match self.check_job(rank, &spec, &taken) {
                Ok(()) => {
                    taken.push(spec.name.clone());
                    let entry = Entry::new(descriptor, spec, guard.clone(), terms.clone());
                    entry.tell_of_less_time();
                    self.jobs.add(rank, entry);
                }
                Err(problem) => {
                    let job = shown(&spec.name);
                    tell!(error, { plugin, job = job.as_str(), } "KW0691 job `{job}` of plugin `{plugin} {version}` will not run: {problem}");
                }
            }
        }
    }

    /// Tells why a job is not taken.
    fn check_job(&self, rank: usize, spec: &JobSpec, taken: &[String]) -> Result<(), String> {
        let name = spec.name.as_str();
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if name.is_empty() || name.len() > LONGEST_NAME || !name.bytes().all(is_plain) {
            return Err(format!("its name must be 1 to {LONGEST_NAME} letters, digits, `-`, `_` and `.`"));
        }
        if taken.iter().any(|other| other == name) {
            return Err("the plugin has another job of this name".to_owned());
        }
        if taken.len() == MOST_JOBS {
            return Err(format!("the plugin has {MOST_JOBS} others, which is the most"));
        }
        self.members[rank].release().grants.check("jobs.schedule", name).map_err(|denied| denied.to_string())
    }

    /// Finds a job to run on request.
    pub(super) fn find_job(&self, plugin: &str, name: &str) -> Result<Arc<Entry>, RunJobError> {
        let jobs = self.jobs.jobs();
        let own = jobs.iter().filter(|job| job.entry.descriptor.id.as_str() == plugin);
        let found = own.clone().find(|job| job.entry.spec.name == name);
        found.map(|job| Arc::clone(&job.entry)).ok_or_else(|| RunJobError::Unknown {
            plugin: plugin.to_owned(),
            job: name.to_owned(),
            known: own.map(|job| job.entry.spec.name.clone()).collect(),
        })
    }
}

/// A name as the log can show it, whatever a plugin has put there.
fn shown(name: &str) -> String {
    let mut shown = shown_text(&name.chars().take(LONGEST_NAME).collect::<String>());
    if name.chars().nth(LONGEST_NAME).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_write_lines_of_its_own_into_the_log() {
        assert_eq!(shown("a\nerror: b\u{1b}[2J"), "a\\nerror: b\\u{1b}[2J");
        assert_eq!(shown(&"ä".repeat(65)), "ä".repeat(64) + "…");
        assert_eq!(shown("check-links"), "check-links");
    }
}
