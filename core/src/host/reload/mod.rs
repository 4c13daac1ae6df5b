//! Another release of a plugin in place of the one that serves, without a gap.
//!
//! The order, of which every step before the swap can fail without anything having happened:
//!
//! 1. the plan: the graph, the forms of the state, and what becomes of the plugins that require it
//! 2. the new instance is made (`init`), beside the one that serves; its tasks wait
//! 3. the state is handed over for the first time
//! 4. `start` of the new instance
//! 5. the jobs of the old one end
//! 6. the swap: readers see the new instance, subscriptions change hands; its calls and deliveries wait where there is a state
//! 7. the calls of the old instance end, up to a limit
//! 8. the state is handed over once more; what waited goes on. When this fails, readers see the old instance again
//! 9. the old one stops: its tasks end, then `stop`, then `Drop`
//! 10. the tasks and jobs of the new one begin

mod candidate;
mod error;
mod fresh;
mod handover;
mod history;
#[cfg(feature = "native")]
mod native;
mod plan;
#[cfg(all(test, feature = "testing"))]
mod provider_tests;
mod request;
mod retired;
mod settings;
mod state;
#[cfg(all(test, feature = "testing"))]
mod tests;
#[cfg(feature = "testing")]
mod tried;

use std::sync::Arc;
use std::time::Duration;

use keyway_manifest::PluginId;
use tokio::sync::OwnedMutexGuard;
use tokio::time::Instant;

use super::audit::Kind;
use super::failure::PluginError;
use super::inner::Inner;
use super::release::{Reason, Release};
use super::tell::tell;
pub(super) use candidate::Candidate;
pub use error::{ReloadError, Step};
use fresh::Fresh;
use handover::Handover;
pub(super) use history::History;
pub use history::ReleaseInfo;
pub use plan::{Effect, ReloadPlan, StatePlan};
pub use request::Reload;
pub(super) use settings::ReloadSettings;
pub(super) use settings::ReloadTerms;
use state::Carried;

/// What a reload did.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Reloaded {
    /// What was planned, and done.
    pub plan: ReloadPlan,
    /// What went wrong after the swap: a `stop` that failed, tasks left behind, dependents that could not be made anew. The new
    /// instance serves all the same.
    pub errors: Vec<PluginError>,
    /// What became of the library of the release before, and what an operator should know of it: threads that it left behind (KW0751), that it
    /// could not be unmapped (KW0752), that no further one will be taken (KW0753). Empty for a plugin that is linked in.
    pub notes: Vec<String>,
    /// How long calls waited for the state at most; zero where there is none.
    pub held: Duration,
    /// How long it took in all.
    pub took: Duration,
}

impl Inner {
    /// Reloads a plugin, and after it the plugins that are to be made anew.
    pub(super) async fn reload(
        self: &Arc<Self>,
        rank: usize,
        candidate: Candidate,
        turn: &OwnedMutexGuard<bool>,
    ) -> Result<Reloaded, ReloadError> {
        let begun = Instant::now();
        let plan = self.plan(rank, &candidate, **turn)?;
        #[cfg(feature = "native")]
        if plan.is_unchanged {
            Self::tell_unchanged(&plan);
            return Ok(Reloaded { plan, errors: Vec::new(), notes: Vec::new(), held: Duration::ZERO, took: begun.elapsed() });
        }
        let mut reloaded = self.reload_one(rank, candidate, plan).await?;
        for (plugin, _) in reloaded.plan.dependents.iter().filter(|(_, effect)| *effect == Effect::Restarted) {
            match self.restart_dependent(*plugin).await {
                Ok(more) => {
                    reloaded.errors.extend(more.errors);
                    reloaded.notes.extend(more.notes);
                }
                Err(error) => {
                    tell!(error, { plugin = plugin.as_str(), } "KW0779 plugin `{plugin}` keeps its instance, and was to be made anew: {error}");
                    reloaded.errors.extend(error.into_plugin_error());
                }
            }
        }
        reloaded.took = begun.elapsed();
        Ok(reloaded)
    }

    async fn restart_dependent(self: &Arc<Self>, plugin: PluginId) -> Result<Reloaded, ReloadError> {
        let Some(rank) = self.rank_of(plugin.as_str()) else { return Err(self.unknown(plugin.as_str())) };
        let candidate = Candidate::again(&self.members[rank].release(), Reason::Dependent);
        let plan = self.plan(rank, &candidate, false)?;
        self.reload_one(rank, candidate, plan).await
    }

    async fn reload_one(self: &Arc<Self>, rank: usize, candidate: Candidate, plan: ReloadPlan) -> Result<Reloaded, ReloadError> {
        let begun = Instant::now();
        let release = self.next_release(rank, &candidate);
        let id = self.id(rank);
        let failed = |error: &ReloadError| {
            let (step, text) = (error.step(), error.to_string());
            self.world.audit.plugin(release.descriptor(), Kind::ReloadFailed, &[("step", &step), ("error", &text)]);
            candidate::tell_failed(id, error, release.reason);
        };
        #[cfg(feature = "native")]
        self.open(&candidate).await.inspect_err(failed)?;
        #[cfg(feature = "native")]
        let replaced = self.members[rank].release();
        // While there are two instances, the laxer of both limits counts, so that neither lacks what it may have.
        let account = &self.members[rank].account;
        let of = |release: &Release| self.limits.resources(release.descriptor(), &release.settings);
        let (before, next) = (of(&self.members[rank].release()), of(&release));
        account.set_limits(&before.laxest(next));
        let done = match self.prepare(rank, &release, &plan).await {
            Ok((fresh, carried)) => self.switch_over(rank, fresh, carried).await,
            Err(error) => Err(error),
        };
        account.set_limits(if done.is_ok() { &next } else { &before });
        #[cfg(feature = "native")]
        let notes = match &done {
            Ok(_) => {
                self.remember_version(&candidate);
                self.retire_library(&replaced.registration, &candidate.registration)
            }
            Err(_) => self.retire_library(&candidate.registration, &replaced.registration),
        };
        #[cfg(not(feature = "native"))]
        let notes = Vec::new();
        let done = done.inspect_err(failed)?;
        let (from, to) = (plan.from, plan.to);
        let reason = release.reason;
        self.world.audit.plugin(
            release.descriptor(),
            Kind::Reloaded,
            &[("from", &from), ("generation", &release.generation), ("reason", &reason), ("digest", &release.digest())],
        );
        tracing::info!(plugin = id.as_str(), %from, %to, reason = reason.as_str(), "plugin `{id}` was reloaded");
        if let StatePlan::Downgraded { is_lossy: true, from, to } = plan.state {
            tell!(
                warn,
                { plugin = id.as_str(), }
                "KW0773 plugin `{id}` went back from version {from} of its state to version {to}, and said that something is lost thereby"
            );
        }
        Ok(Reloaded { plan, errors: done.errors, notes, held: done.held, took: begun.elapsed() })
    }

    /// Steps 2 to 4.
    async fn prepare(
        self: &Arc<Self>,
        rank: usize,
        release: &Arc<Release>,
        plan: &ReloadPlan,
    ) -> Result<(Fresh, Option<Carried>), ReloadError> {
        let fresh = self.make(rank, release).await?;
        let carried = Carried::new(self, rank, &fresh, plan.state);
        if let Some(carried) = &carried
            && let Err(error) = carried.try_out(self.reload.state).await
        {
            self.discard(rank, fresh, false).await;
            return Err(ReloadError::failed(Step::State, error));
        }
        match self.start_fresh(rank, &fresh).await {
            Ok(()) => Ok((fresh, carried)),
            Err(error) => {
                self.discard(rank, fresh, true).await;
                Err(ReloadError::failed(Step::Start, error))
            }
        }
    }

    /// Steps 5 to 10.
    async fn switch_over(self: &Arc<Self>, rank: usize, fresh: Fresh, carried: Option<Carried>) -> Result<Done, ReloadError> {
        let stop_limit = self.stop_limit(rank).time;
        self.jobs.retire(&[(rank, stop_limit / 2)]).await;
        let has_state = carried.is_some();
        let running = fresh.running.clone();
        let handover = carried.map(|carried| Handover::new(self.reload.hold, move || carried.hand_over()));
        if let Some(handover) = &handover {
            handover.hold(running.extensions.iter().map(|held| Arc::clone(&held.slot)));
        }
        let subscriptions = running.instance.instance().subscriptions();
        let old = self.swap(rank, &fresh);
        let old_subscribers = self.replace_subscriptions(rank, &fresh.release, subscriptions, handover.as_ref());
        let held_since = Instant::now();
        let limit = if has_state { self.reload.hold } else { self.reload.drain };
        let is_quiet = old.is_quiet_within(&old_subscribers, limit).await;
        if let Some(handover) = &handover {
            if !is_quiet {
                let id = self.id(rank);
                tell!(
                    warn,
                    { plugin = id.as_str(), }
                    "KW0775 calls of plugin `{id}` did not end within {limit:?}, and its state was handed over without waiting for them; \
                     what they still change is lost"
                );
            }
            if let Some(error) = handover.finish() {
                self.swap_back(rank, old, fresh).await;
                return Err(ReloadError::failed(Step::Handover, error));
            }
        }
        let held = if has_state { held_since.elapsed() } else { Duration::ZERO };
        if has_state && !is_quiet {
            // Without a state there is nothing to lose: such calls have gone on meanwhile.
            old.is_quiet_within(&old_subscribers, self.reload.drain).await;
        }
        drop(old_subscribers);
        let mut errors = Vec::new();
        self.remember(rank, &old, &fresh.release);
        errors.extend(self.retire_instance(rank, old).await);
        fresh.tasks.begin();
        self.attach_jobs(&[rank]);
        self.refresh_health(rank);
        Ok(Done { errors, held })
    }
}

/// What became of a swap.
struct Done {
    errors: Vec<PluginError>,
    held: Duration,
}
