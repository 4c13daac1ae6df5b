//! The swap, and the end of the instance that served before it.

use std::sync::Arc;
use std::sync::atomic::{Ordering, fence};
use std::time::Duration;

use tokio::time::Instant;

use super::fresh::Fresh;
use super::handover::Handover;
use crate::event::Subscription;
use crate::host::event::Left;
use crate::host::failure::{Phase, PluginError};
use crate::host::inner::Inner;
use crate::host::member::{Live, Running};
use crate::host::phase::run_all;
use crate::host::release::Release;
use crate::host::task::TaskGroup;
use crate::host::tell::tell;

/// How often it is looked whether the last call has ended: at first, and at most.
const FIRST_LOOK: Duration = Duration::from_micros(200);
const LATER_LOOKS: Duration = Duration::from_millis(5);

/// An instance that readers no longer see.
pub(super) struct Retired {
    pub(super) release: Arc<Release>,
    running: Running,
    tasks: Option<Arc<TaskGroup>>,
}

impl Retired {
    /// Waits until nobody can call the instance any more; answers whether that came to be within the limit.
    ///
    /// Whoever calls an extension holds its slot: through a snapshot, a clone, or a delivery. So nobody calls it, and nobody will, once
    /// the host alone holds it.
    pub(super) async fn is_quiet_within(&self, subscribers: &Left, limit: Duration) -> bool {
        let deadline = Instant::now() + limit;
        let mut pause = FIRST_LOOK;
        loop {
            let is_held = self.running.extensions.iter().any(|held| Arc::strong_count(&held.slot) > 1);
            if !is_held && subscribers.have_ended() {
                // What they did is seen from here on.
                fence(Ordering::Acquire);
                return true;
            }
            if Instant::now() >= deadline {
                return false;
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LATER_LOOKS);
        }
    }
}

impl Inner {
    /// Shows readers the new instance in place of the one that served, which comes back. Calls through snapshots that were taken before
    /// still reach that one.
    pub(super) fn swap(&self, rank: usize, fresh: &Fresh) -> Retired {
        let member = &self.members[rank];
        let release = member.set_release(Arc::clone(&fresh.release));
        self.points.set_extenders(self.members.iter().map(|member| member.descriptor()));
        let (running, tasks) = {
            let mut status = member.status();
            status.error = None;
            status.init_took = Some(fresh.init_took);
            let running = status.running.replace(fresh.running.clone());
            let tasks = status.tasks.replace(Arc::clone(&fresh.tasks));
            (running.expect("only a plugin that runs is reloaded, and the turn is held"), tasks)
        };
        self.follow_graph();
        self.publish_all();
        Retired { release, running, tasks }
    }

    /// Shows readers the old instance again, as if nothing had been.
    pub(super) async fn swap_back(&self, rank: usize, old: Retired, fresh: Fresh) {
        let member = &self.members[rank];
        let Retired { release, running, tasks } = old;
        let subscriptions = running.instance.instance().subscriptions();
        member.set_release(Arc::clone(&release));
        {
            let mut status = member.status();
            status.running = Some(running);
            status.tasks = tasks;
        }
        self.follow_graph();
        self.publish_all();
        drop(self.replace_subscriptions(rank, &release, subscriptions, None));
        self.attach_jobs(&[rank]);
        self.discard(rank, fresh, true).await;
    }

    /// Ends the instance that served: its tasks are told, then `stop`, then what of its tasks is left is cancelled, then `Drop`.
    pub(super) async fn retire_instance(&self, rank: usize, old: Retired) -> Vec<PluginError> {
        let Retired { release, running: Running { instance, extensions, source, .. }, tasks } = old;
        let descriptor = release.descriptor();
        // Of those who keep an extension for ever, calls are refused from here on.
        extensions.iter().for_each(|held| held.slot.set_active(false));
        tasks.iter().for_each(|tasks| tasks.ask_to_stop());
        let begun = Instant::now();
        let job = self.stop_job_as(rank, descriptor, &instance, Duration::ZERO);
        let limit = job.limit.time;
        let done = run_all(vec![job]).await.pop();
        let stopped = done.map_or(Ok(()), |done| self.judge_as(descriptor, done, Phase::Stop));
        self.bus.silence_source(&source);
        let mut errors: Vec<_> = stopped.err().into_iter().collect();
        let left = tasks.iter().flat_map(|tasks| tasks.close()).collect();
        errors.extend(self.wait_for_tasks(rank, left, begun + limit).await);
        drop(extensions);
        errors.extend(Live::dispose(instance));
        errors.iter().for_each(|error| tell!(error, { plugin = error.plugin(), } "after a reload: {error}"));
        errors
    }

    /// Gives the subscriptions of a plugin to another instance of it. Queues keep what waits in them.
    pub(super) fn replace_subscriptions(
        &self,
        rank: usize,
        release: &Release,
        subscriptions: Vec<Subscription>,
        handover: Option<&Arc<Handover>>,
    ) -> Left {
        let subscriptions = self.granted_subscriptions(rank, release, subscriptions);
        if let Some(handover) = handover {
            handover.hold(subscriptions.iter().map(|(slot, _)| Arc::clone(slot)));
        }
        self.bus.replace(rank, subscriptions)
    }
}
