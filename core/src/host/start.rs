//! Starts plugins level by level.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use keyway_manifest::Descriptor;

use super::capability::Capabilities;
use super::claim::ClaimedPoint;
use super::config::{Mistakes, PluginConfig};
use super::failure::{Phase, PluginError, PluginErrorKind};
use super::inner::Inner;
use super::limit::Limit;
use super::member::{Live, Member, Running};
use super::need::Need;
use super::phase::{Done, Job, run_all};
use super::release::Release;
use super::state::State;
use super::task::TaskGroup;
use super::tell::tell;
use crate::context::{Seed, Shared};
use crate::event::Source;
use crate::plugin::{self, Failure, Instance};

/// How the making of an instance ends.
type Created = Result<Box<dyn Instance>, Failure>;

/// What follows when a plugin that the host cannot do without fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stakes {
    /// The start ends after its level.
    HostStart,
    /// Nothing further: the host runs already.
    Switch,
}

/// How a start ended.
#[derive(Debug)]
pub(super) enum Outcome {
    /// Whatever could be started runs.
    Complete,
    /// A required plugin failed, and later levels were not reached.
    Abandoned,
}

/// A plugin between its `init` and its `start`.
struct Initialised {
    rank: usize,
    instance: Arc<Live>,
    shared: Arc<Shared>,
    source: Arc<Source>,
    init_took: Duration,
}

impl Inner {
    /// Starts the plugins of the given ranks, which are sorted and do not run. Failures are kept in their status.
    pub(super) async fn bring_up(&self, ranks: &[usize], stakes: Stakes) -> Outcome {
        let mut is_whole = ranks.len() == self.members.len();
        for level in &self.levels(ranks) {
            let mut has_fatal = false;
            let mut ready = Vec::with_capacity(level.len());
            for &rank in level {
                match if is_whole { None } else { self.unmet(rank) } {
                    None => ready.push(rank),
                    Some(error) => has_fatal |= self.keep_out(rank, error, stakes),
                }
            }
            let initialised = self.init_level(&ready, stakes).await;
            let started = self.start_level(initialised, stakes).await;
            self.publish_services(level);
            let failed = started < level.len();
            is_whole &= !failed;
            if failed {
                has_fatal |= level.iter().any(|&rank| self.members[rank].state() == State::FatalError);
            }
            if has_fatal && stakes == Stakes::HostStart {
                return Outcome::Abandoned;
            }
        }
        Outcome::Complete
    }

    /// The first mandatory requirement of a plugin that nothing running satisfies.
    fn unmet(&self, rank: usize) -> Option<PluginError> {
        let runs = |rank: &usize| self.members[*rank].is_running();
        let links = self.links();
        let link = links.mandatory(rank).find(|link| !link.satisfied_by.iter().any(runs))?;
        let because = match link.satisfied_by.first() {
            None => "which this host does not have".to_owned(),
            Some(&target) => self.members[target].why_not_running(),
        };
        let disabled = link.satisfied_by.iter().find(|rank| self.members[**rank].is_kept_off()).map(|rank| self.id(*rank));
        let kind = PluginErrorKind::RequirementNotRunning { requirement: link.requirement, because, disabled };
        Some(PluginError::new(self.members[rank].descriptor(), kind))
    }

    /// Notes why a plugin is not started; tells whether the host cannot go on without it.
    fn keep_out(&self, rank: usize, error: PluginError, stakes: Stakes) -> bool {
        let member = &self.members[rank];
        let is_fatal = stakes == Stakes::HostStart && member.need == Need::Required;
        if is_answered(is_fatal, stakes) {
            tracing::warn!(plugin = error.plugin(), "{error}");
        } else {
            tell!(warn, { plugin = error.plugin(), } "{error}");
        }
        member.status().error = Some(error);
        is_fatal
    }

    async fn init_level(&self, level: &[usize], stakes: Stakes) -> Vec<Initialised> {
        let mistakes = Mistakes::default();
        let mut contexts = Vec::with_capacity(level.len());
        let mut jobs = Vec::with_capacity(level.len());
        for &rank in level {
            let member = &self.members[rank];
            let release = member.release();
            self.move_to(rank, State::Starting);
            let tasks = TaskGroup::new(member);
            member.status().tasks = Some(Arc::clone(&tasks));
            let (shared, source, job) = self.creation(rank, &release, &tasks, &mistakes);
            contexts.push((shared, source));
            jobs.push(job);
        }
        let mut initialised = Vec::with_capacity(level.len());
        for done in run_all(jobs).await {
            let (rank, took) = (done.rank, done.took);
            self.members[rank].status().init_took = Some(took);
            match self.judge(done, Phase::Init) {
                Ok(instance) => {
                    let at = level.partition_point(|other| *other < rank);
                    let instance = Live::new(&self.members[rank], self.members[rank].descriptor(), instance);
                    let (shared, source) = (Arc::clone(&contexts[at].0), Arc::clone(&contexts[at].1));
                    initialised.push(Initialised { rank, instance, shared, source, init_took: took });
                }
                Err(error) => {
                    self.end_tasks(rank).await;
                    let mistake = mistakes.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id(rank));
                    self.fail(rank, error.with_mistake(mistake), stakes);
                }
            }
        }
        initialised
    }

    /// What makes an instance of a release of a plugin, with the context and the name as a publisher that it gets.
    pub(super) fn creation(
        &self,
        rank: usize,
        release: &Release,
        tasks: &Arc<TaskGroup>,
        mistakes: &Mistakes,
    ) -> (Arc<Shared>, Arc<Source>, Job<Created>) {
        let (member, descriptor) = (&self.members[rank], release.descriptor());
        let source = self.bus.source(rank, descriptor.id);
        let capabilities = Capabilities {
            grants: Arc::clone(&release.grants),
            world: Arc::clone(&self.world),
            points: Arc::clone(&self.points),
            bus: Arc::clone(&self.bus),
            source: Arc::clone(&source),
            account: Arc::clone(&member.account),
            tasks: Arc::clone(tasks),
        };
        let shared = Shared::new(descriptor, Arc::new(capabilities));
        let config = PluginConfig::new(descriptor, Arc::clone(&release.settings), Arc::clone(mistakes));
        let seed = Seed::new(Arc::clone(&shared), Box::new(config));
        let limit = self.limits.init.within(descriptor.limits.start_millis, Duration::ZERO);
        let mark = (Arc::clone(&member.number), Phase::Init);
        (shared, source, Job { rank, limit, mark, work: release.registration.create(seed) })
    }

    /// Runs `start` of plugins of one level; answers how many run now.
    async fn start_level(&self, level: Vec<Initialised>, stakes: Stakes) -> usize {
        let job = |entry: &Initialised| {
            let instance = Arc::clone(&entry.instance);
            let member = &self.members[entry.rank];
            let limit = self.limits.start.within(member.descriptor().limits.start_millis, entry.init_took);
            let mark = (Arc::clone(&member.number), Phase::Start);
            Job { rank: entry.rank, limit, mark, work: Box::pin(async move { instance.instance().start().await }) }
        };
        let answers = run_all(level.iter().map(job).collect()).await;
        let mut running = 0;
        let mut failed = Vec::new();
        for (entry, done) in level.into_iter().zip(answers) {
            let rank = entry.rank;
            self.members[rank].status().start_took = Some(done.took);
            match self.judge(done, Phase::Start) {
                Ok(()) => {
                    let subscriptions = entry.instance.instance().subscriptions();
                    let extensions = entry.instance.instance().extensions();
                    if let Some(error) = self.claimed(self.members[rank].descriptor(), &extensions) {
                        drop(extensions);
                        failed.push((entry, error));
                        continue;
                    }
                    let release = self.members[rank].release();
                    let extensions = extensions.into_iter().map(|extension| self.hold(rank, &release, extension)).collect();
                    let mut status = self.members[rank].status();
                    status.running =
                        Some(Running { instance: entry.instance, shared: entry.shared, extensions, source: entry.source });
                    status.error = None;
                    status.taken_along_by = None;
                    drop(status);
                    self.move_to(rank, State::Ok);
                    self.attach_plugin(rank, subscriptions);
                    running += 1;
                }
                Err(error) => failed.push((entry, error)),
            }
        }
        if !failed.is_empty() {
            self.clean_up(failed, stakes).await;
        }
        running
    }

    /// The first of a plugin's extensions whose point belongs to another trait; the points of the others belong to theirs from now on.
    pub(super) fn claimed(&self, descriptor: &'static Descriptor, extensions: &[plugin::Extension]) -> Option<PluginError> {
        // Another release of a plugin may extend points that nobody has extended or asked for.
        self.points.make_room(descriptor);
        extensions.iter().find_map(|extension| {
            let claim = self.points.claim(descriptor.id, extension).err()?;
            let (point, found) = (extension.info.id, extension.point_type);
            let claimed = ClaimedPoint { point, found, expected: claim.point_type, by: claim.plugin };
            Some(PluginError::new(descriptor, PluginErrorKind::PointClaimed(Box::new(claimed))))
        })
    }

    /// Stops and drops plugins whose `start` failed.
    async fn clean_up(&self, failed: Vec<(Initialised, PluginError)>, stakes: Stakes) {
        let job = |(entry, _): &(Initialised, PluginError)| self.stop_job(entry.rank, &entry.instance, Duration::ZERO);
        for done in run_all(failed.iter().map(job).collect()).await {
            if let Err(error) = self.judge(done, Phase::Stop) {
                tell!(error, { plugin = error.plugin(), } "after a failed start: {error}");
            }
        }
        for (Initialised { rank, instance, .. }, error) in failed {
            self.end_tasks(rank).await;
            if let Some(error) = Live::dispose(instance) {
                tell!(error, { plugin = error.plugin(), } "after a failed start: {error}");
            }
            self.fail(rank, error, stakes);
        }
    }

    /// The answer of a phase, or what to say about its failure.
    pub(super) fn judge<T>(&self, done: Done<Result<T, Failure>>, phase: Phase) -> Result<T, PluginError> {
        self.judge_as(self.members[done.rank].descriptor(), done, phase)
    }

    /// Like [`judge`](Self::judge), for a release that is not, or no longer, the plugin's.
    pub(super) fn judge_as<T>(
        &self,
        descriptor: &'static Descriptor,
        done: Done<Result<T, Failure>>,
        phase: Phase,
    ) -> Result<T, PluginError> {
        match done.answer {
            Some(Ok(value)) => {
                if done.took > done.limit.time {
                    let (id, took, limit) = (descriptor.id.as_str(), done.took, done.limit.time);
                    tell!(
                        warn,
                        { plugin = id, }
                        "`{phase}` of plugin `{id}` blocked its thread for {took:?}, longer than its limit of {limit:?}"
                    );
                }
                Ok(value)
            }
            Some(Err(failure)) => Err(PluginError::from_failure(descriptor, phase, &failure)),
            None => {
                let Limit { time, set_by } = done.limit;
                Err(PluginError::new(descriptor, PluginErrorKind::DeadlineExceeded { phase, limit: time, set_by }))
            }
        }
    }

    fn fail(&self, rank: usize, error: PluginError, stakes: Stakes) {
        self.bus.silence(&[rank]);
        let member = &self.members[rank];
        let is_fatal = stakes == Stakes::HostStart && member.need == Need::Required;
        if is_answered(is_fatal, stakes) {
            tracing::error!(plugin = error.plugin(), "{error}");
        } else {
            tell!(error, { plugin = error.plugin(), } "{error}");
        }
        member.status().error = Some(error);
        self.move_to(rank, if is_fatal { State::FatalError } else { State::PermanentError });
    }
}

/// Whether whoever asked for the start is given the error too, and need not be told twice where there is no log.
fn is_answered(is_fatal: bool, stakes: Stakes) -> bool {
    is_fatal || stakes == Stakes::Switch
}

impl Member {
    /// Whether the configuration is why the plugin does not run.
    fn is_kept_off(&self) -> bool {
        self.is_off && self.state() == State::Idle
    }

    /// Why a plugin that others need does not run, as the end of a sentence.
    fn why_not_running(&self) -> String {
        let status = self.status();
        match (&status.error, status.state()) {
            (Some(error), _) => match error.kind() {
                PluginErrorKind::RequirementNotRunning { .. } => "which was not started either".to_owned(),
                _ => format!("which failed ({})", error.code()),
            },
            (None, State::Stopped | State::Stopping) => "which is disabled".to_owned(),
            (None, State::Idle) if self.is_off => "which the configuration disables".to_owned(),
            (None, _) => "which does not run".to_owned(),
        }
    }
}
