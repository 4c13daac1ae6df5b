//! The new instance, beside the one that serves.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::{ReloadError, Step};
use crate::host::config::Mistakes;
use crate::host::failure::{Phase, PluginError};
use crate::host::inner::Inner;
use crate::host::member::{Live, Running};
use crate::host::phase::{Job, run_all};
use crate::host::release::Release;
use crate::host::task::TaskGroup;
use crate::host::tell::tell;

/// An instance that does not serve yet.
pub(super) struct Fresh {
    pub(super) release: Arc<Release>,
    pub(super) running: Running,
    /// They wait until [`TaskGroup::begin`], but for those that `init` or `start` waits for.
    pub(super) tasks: Arc<TaskGroup>,
    pub(super) init_took: Duration,
}

impl Inner {
    /// Makes an instance of a release, and its extensions.
    pub(super) async fn make(&self, rank: usize, release: &Arc<Release>) -> Result<Fresh, ReloadError> {
        let member = &self.members[rank];
        let descriptor = release.descriptor();
        let tasks = TaskGroup::waiting(member, release);
        let mistakes = Mistakes::default();
        let (shared, source, job) = self.creation(rank, release, &tasks, &mistakes);
        let Some(done) = run_all(vec![job]).await.pop() else { return Err(self.unknown(descriptor.id.as_str())) };
        let init_took = done.took;
        let instance = match self.judge_as(descriptor, done, Phase::Init) {
            Ok(instance) => Live::new(member, descriptor, instance),
            Err(error) => {
                self.bus.silence_source(&source);
                self.end(rank, &tasks).await;
                let mistake = mistakes.lock().unwrap_or_else(PoisonError::into_inner).remove(&descriptor.id);
                return Err(ReloadError::failed(Step::Init, error.with_mistake(mistake)));
            }
        };
        let extensions = instance.instance().extensions();
        let claimed = self.claimed(descriptor, &extensions);
        let extensions = extensions.into_iter().map(|extension| self.hold(rank, release, extension)).collect();
        let running = Running { instance, shared, extensions, source };
        let fresh = Fresh { release: Arc::clone(release), running, tasks, init_took };
        match claimed {
            None => Ok(fresh),
            Some(error) => {
                self.discard(rank, fresh, false).await;
                Err(ReloadError::failed(Step::Points, error))
            }
        }
    }

    /// Runs `start` of a new instance.
    pub(super) async fn start_fresh(&self, rank: usize, fresh: &Fresh) -> Result<(), PluginError> {
        let descriptor = fresh.release.descriptor();
        let instance = Arc::clone(&fresh.running.instance);
        let limit = self.limits.start.within(descriptor.limits.start_millis, fresh.init_took);
        let mark = (Arc::clone(&self.members[rank].number), Phase::Start);
        let work = Box::pin(async move { instance.instance().start().await });
        let done = run_all(vec![Job { rank, limit, mark, work }]).await.pop();
        done.map_or(Ok(()), |done| self.judge_as(descriptor, done, Phase::Start))
    }

    /// Ends an instance that is not to serve.
    pub(super) async fn discard(&self, rank: usize, fresh: Fresh, was_started: bool) {
        let Fresh { release, running: Running { instance, extensions, source, .. }, tasks, .. } = fresh;
        let descriptor = release.descriptor();
        let complain = |error: PluginError| tell!(error, { plugin = error.plugin(), } "after a reload that failed: {error}");
        extensions.iter().for_each(|held| held.slot.set_active(false));
        tasks.ask_to_stop();
        if was_started {
            let job = self.stop_job_as(rank, descriptor, &instance, Duration::ZERO);
            if let Some(done) = run_all(vec![job]).await.pop()
                && let Err(error) = self.judge_as(descriptor, done, Phase::Stop)
            {
                complain(error);
            }
        }
        self.bus.silence_source(&source);
        self.end(rank, &tasks).await;
        drop(extensions);
        Live::dispose(instance).into_iter().for_each(complain);
    }

    async fn end(&self, rank: usize, tasks: &TaskGroup) {
        if let Some(error) = self.wait_for_tasks(rank, tasks.close(), Instant::now()).await {
            tell!(error, { plugin = error.plugin(), } "after a reload that failed: {error}");
        }
    }
}
