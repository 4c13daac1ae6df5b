//! Stops plugins in the reverse of the start order.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use keyway_manifest::{Descriptor, PluginId, Version};
use tokio::sync::OwnedMutexGuard;
use tokio::time::Instant;

use super::audit::Kind;
use super::failure::{Phase, PluginError};
use super::inner::Inner;
use super::limit::Limit;
use super::member::{Live, Running};
use super::phase::{Job, run_all};
use super::state::State;
use super::tell::tell;
use crate::plugin::Failure;

/// A stop waits so long for the audit log to reach the disk.
const FLUSH: Duration = Duration::from_secs(2);

/// What became of the plugins when a host stopped, in the order in which they were stopped.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct StopReport {
    /// One entry for each plugin that ran.
    pub plugins: Vec<StopEntry>,
}

/// How one plugin stopped.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StopEntry {
    /// The plugin's id.
    pub id: PluginId,
    /// Its version.
    pub version: Version,
    /// How long its `stop` took.
    pub took: Duration,
    /// What went wrong in `stop` and then in `Drop`.
    pub errors: Vec<PluginError>,
}

impl StopReport {
    /// Whether every plugin ended without an error.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.plugins.iter().all(|plugin| plugin.errors.is_empty())
    }

    /// Everything that went wrong.
    pub fn errors(&self) -> impl Iterator<Item = &PluginError> {
        self.plugins.iter().flat_map(|plugin| &plugin.errors)
    }
}

impl fmt::Display for StopReport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "stopped {} plugins", self.plugins.len())?;
        self.errors().try_for_each(|error| write!(formatter, "\n  {error}"))
    }
}

impl Inner {
    pub(super) async fn stop(&self, mut has_stopped: OwnedMutexGuard<bool>) -> StopReport {
        let is_first = !std::mem::replace(&mut *has_stopped, true);
        let all: Vec<_> = (0..self.members.len()).collect();
        let plugins = self.take_down(&all).await;
        if let Some(store) = self.bus.store().map(Arc::clone) {
            // What is still to be written is written before the answer. A runtime that is shutting down has no thread for it; then
            // dropping the host does it.
            let _ = tokio::task::spawn_blocking(move || store.close()).await;
        }
        self.clock.abort();
        self.repeated.finish();
        if is_first {
            // Writes what is still being counted, so that nothing of this run comes after its end.
            self.world.audit.flush(FLUSH).await;
            self.world.audit.host(Kind::Stopped, &[("plugins", &plugins.len())]);
            self.world.audit.flush(FLUSH).await;
        }
        StopReport { plugins }
    }

    /// Stops the running ones of the given ranks, which are sorted. Readers no longer see any of them from the beginning on; a
    /// service is there until its provider stops, because its users stop before.
    pub(super) async fn take_down(&self, ranks: &[usize]) -> Vec<StopEntry> {
        self.publish(ranks);
        let mut entries = Vec::new();
        for level in self.levels(ranks).iter().rev() {
            let mut stopping = Vec::with_capacity(level.len());
            for &rank in level.iter().filter(|rank| self.members[**rank].is_running()) {
                self.move_to(rank, State::Stopping);
                let taken = self.members[rank].status().running.take();
                if let Some(Running { instance, extensions, .. }) = taken {
                    extensions.iter().for_each(|held| held.slot.set_active(false));
                    self.members[rank].status().tasks.iter().for_each(|tasks| tasks.ask_to_stop());
                    stopping.push((rank, instance));
                }
            }
            self.publish_services(level);
            self.bus.unsubscribe_plugins(level);
            let runs: Vec<_> = stopping.iter().map(|(rank, _)| (*rank, self.stop_limit(*rank).time / 2)).collect();
            let begun = Instant::now();
            let waited = self.jobs.retire(&runs).await;
            let jobs = stopping.iter().map(|(rank, instance)| self.stop_job(*rank, instance, waited)).collect();
            let answers = run_all(jobs).await;
            self.bus.silence(level);
            // All are cancelled before one is waited for.
            let tasks: Vec<_> = stopping.iter().map(|(rank, _)| self.close_tasks(*rank)).collect();
            for (((rank, instance), done), tasks) in stopping.into_iter().zip(answers).zip(tasks) {
                let took = done.took;
                let mut errors: Vec<_> = self.judge(done, Phase::Stop).err().into_iter().collect();
                errors.extend(self.wait_for_tasks(rank, tasks, begun + self.stop_limit(rank).time).await);
                errors.extend(Live::dispose(instance));
                errors.iter().for_each(|error| tell!(error, { plugin = error.plugin(), } "{error}"));
                self.members[rank].status().error = errors.first().cloned();
                self.move_to(rank, if errors.is_empty() { State::Stopped } else { State::PermanentError });
                let descriptor = self.members[rank].descriptor();
                entries.push(StopEntry { id: descriptor.id, version: descriptor.version, took, errors });
            }
        }
        entries
    }

    pub(super) fn stop_limit(&self, rank: usize) -> Limit {
        self.limits.stop.within(self.members[rank].descriptor().limits.stop_millis, Duration::ZERO)
    }

    /// What calls `stop` of a plugin, within its limit; `waited` of that went to the runs of jobs, of which no plugin loses more than
    /// half.
    pub(super) fn stop_job(&self, rank: usize, instance: &Arc<Live>, waited: Duration) -> Job<Result<(), Failure>> {
        self.stop_job_as(rank, self.members[rank].descriptor(), instance, waited)
    }

    /// Like [`stop_job`](Self::stop_job), for a release that is not, or no longer, the plugin's.
    pub(super) fn stop_job_as(
        &self,
        rank: usize,
        descriptor: &Descriptor,
        instance: &Arc<Live>,
        waited: Duration,
    ) -> Job<Result<(), Failure>> {
        let instance = Arc::clone(instance);
        let limit = self.limits.stop.within(descriptor.limits.stop_millis, Duration::ZERO);
        let limit = Limit { time: limit.time.saturating_sub(waited).max(limit.time / 2), ..limit };
        let mark = (Arc::clone(&self.members[rank].number), Phase::Stop);
        Job { rank, limit, mark, work: Box::pin(async move { instance.instance().stop().await }) }
    }
}
