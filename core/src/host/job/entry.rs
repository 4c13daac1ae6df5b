//! One job of a running plugin: waits for its times and runs it, never twice at the same time.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use keyway_manifest::Descriptor;
use tokio::sync::watch;
use tokio::time::Instant;

use super::info::{JobCounts, JobInfo, JobOutcome, LastRun, RunJobError};
use super::jitter;
use super::last_times::LastTimes;
use super::plan::Plan;
use crate::ExtensionPoint;
use crate::capability::ClockSource;
use crate::guard::{CallError, catch};
use crate::host::tell::tell;
use crate::job::{Cause, Job, JobRun, JobSpec, MOST_CAUGHT_UP, Missed, Overlap, StopSignal};
use crate::plugin::BoxFuture;

/// The guard through which a plugin's jobs are called.
pub(super) type Guard = <dyn Job as ExtensionPoint>::Guard;

/// The clock is looked at so often at least, so that one that was set and a machine that slept are noticed.
const LOOK: Duration = Duration::from_secs(30);

/// How far a job has come on its way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// It runs when it is due.
    Active,
    /// It is not begun again; a run under way is asked to end.
    Stopping,
    /// A run under way is dropped.
    Cancelled,
}

/// One job.
pub(in crate::host) struct Entry {
    pub(super) descriptor: &'static Descriptor,
    pub(super) spec: JobSpec,
    /// Taken out when the job has come to its end, so that it does not hold the plugin.
    guard: Mutex<Option<Guard>>,
    terms: Terms,
    stage: watch::Sender<Stage>,
    /// Held by the run that goes on.
    turn: tokio::sync::Mutex<()>,
    status: Mutex<Status>,
}

/// What a host says to each job.
#[derive(Clone)]
pub(super) struct Terms {
    pub(super) clock: Arc<dyn ClockSource>,
    /// What tells this machine from others.
    pub(super) machine: Arc<str>,
    pub(super) last_times: Arc<LastTimes>,
    /// How long a run of the plugin may take at most; `None` for no limit.
    pub(super) limit: Option<Duration>,
}

#[derive(Default)]
struct Status {
    next: Option<SystemTime>,
    running_since: Option<SystemTime>,
    last: Option<LastRun>,
    counts: JobCounts,
}

/// Tells a plugin's run of the stage of its job.
struct Signal(watch::Receiver<Stage>);

impl StopSignal for Signal {
    fn is_stopping(&self) -> bool {
        *self.0.borrow() != Stage::Active
    }

    fn stopping(&self) -> BoxFuture<'_, ()> {
        let stage = self.0.clone();
        Box::pin(reached(stage, Stage::Stopping))
    }
}

/// Waits until a job has come so far.
async fn reached(mut stage: watch::Receiver<Stage>, wanted: Stage) {
    // The sender goes when the job has come to its end, which is as far as it gets.
    let _ = stage.wait_for(|stage| *stage >= wanted).await;
}

impl Entry {
    pub(super) fn new(descriptor: &'static Descriptor, spec: JobSpec, guard: Guard, terms: Terms) -> Arc<Self> {
        Arc::new(Self {
            descriptor,
            spec,
            guard: Mutex::new(Some(guard)),
            terms,
            stage: watch::Sender::new(Stage::Active),
            turn: tokio::sync::Mutex::new(()),
            status: Mutex::default(),
        })
    }

    /// How long one run may take.
    fn limit(&self) -> Option<Duration> {
        self.spec.within.into_iter().chain(self.terms.limit).min()
    }

    /// Tells of a job that asks for more time than the host gives.
    pub(super) fn tell_of_less_time(&self) {
        let (Some(asked), Some(limit)) = (self.spec.within, self.terms.limit) else { return };
        if asked <= limit {
            return;
        }
        let (plugin, version, job) = (self.descriptor.id.as_str(), self.descriptor.version, self.spec.name.as_str());
        let secs = asked.as_secs() + u64::from(asked.subsec_nanos() > 0);
        tell!(
            warn,
            { plugin, job, }
            "KW0695 a run of job `{job}` of plugin `{plugin} {version}` asks for {asked:?} and gets {limit:?}\n  \
             help: set `job = \"{secs}s\"` in `[host.deadlines]` of the configuration, and see that `call` in `[limits]` of its manifest \
             is not less"
        );
    }

    fn status(&self) -> MutexGuard<'_, Status> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn now(&self) -> SystemTime {
        self.terms.clock.now()
    }

    fn is_active(&self) -> bool {
        *self.stage.borrow() == Stage::Active
    }

    pub(super) fn info(&self) -> JobInfo {
        let status = self.status();
        JobInfo {
            plugin: self.descriptor.id,
            name: self.spec.name.clone(),
            schedule: self.spec.schedule.to_string(),
            limit: self.limit(),
            next: status.next,
            running_since: status.running_since,
            last: status.last.clone(),
            counts: status.counts,
        }
    }

    /// Lays out the schedule from where it stood when the plugin was switched off or the host was stopped; a new one from now on.
    pub(super) fn plan(&self) -> Plan {
        let now = self.now();
        let plan = Plan::new(self.spec.schedule.clone(), self.terms.last_times.begin(self, now), now);
        self.status().next = plan.next();
        plan
    }

    /// Runs the job at its times until it is stopped.
    pub(super) async fn keep(self: Arc<Self>, plan: Plan) {
        let stopping = reached(self.stage.subscribe(), Stage::Stopping);
        tokio::select! {
            // What a run has begun is not dropped here: each holds its turn in a task of its own.
            biased;
            () = stopping => {}
            () = self.follow(plan) => {}
        }
    }

    async fn follow(self: &Arc<Self>, mut plan: Plan) {
        let mut delay = self.delay();
        if self.spec.at_start {
            // What was missed before comes first, or the run at the start would count as one that kept it from running.
            self.run_what_is_due(&mut plan, delay).await;
            self.begin(self.now(), Cause::Start).await;
            self.leave_out_overlapping(&mut plan, delay).await;
        }
        loop {
            if self.run_what_is_due(&mut plan, delay).await {
                delay = self.delay();
            }
            let next = plan.next().and_then(|next| next.checked_add(delay));
            self.status().next = next;
            // Without a next moment the clock is looked at all the same: it may be set back.
            let wait = next.map_or(LOOK, |next| next.duration_since(self.now()).unwrap_or_default());
            tokio::time::sleep(wait.clamp(Duration::from_millis(1), LOOK)).await;
        }
    }

    /// Runs the job for the moments that have passed, as its policy says; whether there were any.
    async fn run_what_is_due(self: &Arc<Self>, plan: &mut Plan, delay: Duration) -> bool {
        let Some(mut due) = plan.take(self.now(), delay, self.most_caught_up()) else { return false };
        let newest = due.newest.back().copied();
        if let Some(newest) = newest {
            self.terms.last_times.note(self, newest);
        }
        if self.spec.missed == Missed::Skip && !due.is_on_time {
            due.newest.clear();
        }
        let runs = u64::try_from(due.newest.len()).unwrap_or(u64::MAX);
        {
            let mut status = self.status();
            status.counts.missed += due.count.saturating_sub(runs);
            status.next = plan.next().and_then(|next| next.checked_add(delay));
        }
        for moment in due.newest {
            let is_on_time = due.is_on_time && Some(moment) == newest;
            self.begin(moment, if is_on_time { Cause::Schedule } else { Cause::Missed }).await;
        }
        self.leave_out_overlapping(plan, delay).await;
        true
    }

    /// Deals with the moments that have passed during a run.
    async fn leave_out_overlapping(self: &Arc<Self>, plan: &mut Plan, delay: Duration) {
        while let Some(due) = plan.take(self.now(), delay, 1) {
            let newest = due.newest.back().copied();
            if let Some(newest) = newest {
                self.terms.last_times.note(self, newest);
            }
            match newest.filter(|_| self.spec.overlap == Overlap::Queue) {
                Some(moment) => {
                    self.status().counts.skipped += due.count - 1;
                    self.begin(moment, Cause::Schedule).await;
                }
                None => self.status().counts.skipped += due.count,
            }
        }
    }

    fn delay(&self) -> Duration {
        jitter::delay(self.spec.jitter, &self.terms.machine, self.descriptor.id.as_str(), &self.spec.name)
    }

    fn most_caught_up(&self) -> usize {
        match self.spec.missed {
            Missed::Skip | Missed::RunOnce => 1,
            Missed::RunAll { at_most } => usize::try_from(at_most.clamp(1, MOST_CAUGHT_UP)).unwrap_or(1),
        }
    }

    /// Runs the job for a moment of its schedule, after or instead of a run on request that goes on.
    async fn begin(self: &Arc<Self>, due: SystemTime, cause: Cause) {
        if self.spec.overlap == Overlap::Skip && self.turn.try_lock().is_err() {
            self.status().counts.skipped += 1;
            return;
        }
        let entry = Arc::clone(self);
        // A task of its own, because a stop ends the waiting for the next run at once, and the run itself later.
        let run = tokio::spawn(async move {
            let _turn = entry.turn.lock().await;
            entry.run(due, cause).await;
        });
        // A panic of the plugin is caught by its shield; a task is only lost when the runtime ends.
        let _ = run.await;
    }

    /// Runs the job now.
    pub(in crate::host) async fn run_on_request(self: Arc<Self>) -> Result<JobOutcome, RunJobError> {
        let (plugin, job) = (self.descriptor.id.as_str().to_owned(), self.spec.name.clone());
        let Ok(turn) = self.turn.try_lock() else { return Err(RunJobError::Busy { plugin, job }) };
        if !self.is_active() {
            return Err(RunJobError::Stopped { plugin, job });
        }
        let outcome = self.run(self.now(), Cause::Request).await;
        drop(turn);
        Ok(outcome)
    }

    /// One run; the caller holds the turn.
    async fn run(&self, due: SystemTime, cause: Cause) -> JobOutcome {
        let guard = self.guard.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(guard) = guard.filter(|_| self.is_active()) else { return JobOutcome::Cancelled };
        let (began, since) = (self.now(), Instant::now());
        self.status().running_since = Some(began);
        let run = JobRun::new(self.spec.name.clone(), due, cause, Arc::new(Signal(self.stage.subscribe())));
        let outcome = tokio::select! {
            biased;
            answer = guard.run_within(self.limit(), &run) => match answer {
                Ok(()) => JobOutcome::Done,
                Err(error) => self.judge(error),
            },
            () = reached(self.stage.subscribe(), Stage::Cancelled) => JobOutcome::Cancelled,
        };
        let mut status = self.status();
        status.running_since = None;
        status.counts.runs += 1;
        status.counts.failures += u64::from(!outcome.is_done());
        status.last = Some(LastRun { began, took: since.elapsed(), cause, outcome: outcome.clone() });
        outcome
    }

    /// Tells the operator of a run that failed.
    fn judge(&self, error: crate::Error) -> JobOutcome {
        let (plugin, version, job) = (self.descriptor.id.as_str(), self.descriptor.version, self.spec.name.as_str());
        // The text may be made by the plugin's own code, which must not panic into the host.
        let call = error.cause().downcast_ref::<CallError>().map(CallError::was_refused);
        let text = show(error);
        match call {
            // The guard has told what happened, but does not know of which job.
            Some(true) => {
                tracing::debug!(plugin, job, "job `{job}` was not run: {text}");
                JobOutcome::Refused(text)
            }
            Some(false) => {
                tracing::warn!(plugin, job, "KW0692 job `{job}` of plugin `{plugin} {version}` failed: {text}");
                JobOutcome::Failed(text)
            }
            None => {
                tell!(warn, { plugin, job, } "KW0692 job `{job}` of plugin `{plugin} {version}` failed: {text}");
                JobOutcome::Failed(text)
            }
        }
    }

    /// Begins no further run, and asks one that goes on to end.
    pub(super) fn stop(&self) {
        self.stage.send_if_modified(|stage| {
            *stage == Stage::Active && {
                *stage = Stage::Stopping;
                true
            }
        });
    }

    /// Waits for the end of the run that goes on; after `limit`, drops it.
    pub(super) async fn end(&self, limit: Duration) {
        if let Ok(_turn) = tokio::time::timeout(limit, self.turn.lock()).await {
            return self.let_go();
        }
        let (plugin, job) = (self.descriptor.id.as_str(), self.spec.name.as_str());
        tell!(
            warn,
            { plugin, job, }
            "KW0692 job `{job}` of plugin `{plugin} {}` is cancelled: the plugin is stopped, and the run did not end within {limit:?}",
            self.descriptor.version
        );
        self.stage.send_replace(Stage::Cancelled);
        // Not for ever: a run that blocks its thread cannot be dropped.
        let _ = tokio::time::timeout(GIVE_UP, self.turn.lock()).await;
        self.let_go();
    }

    /// Lets go of the plugin. Only a run that still goes on holds it then.
    pub(super) fn let_go(&self) {
        let guard = self.guard.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(guard);
    }
}

/// The text of a plugin's error, which its own code may make and drop; neither may panic into the host.
pub(super) fn show(error: crate::Error) -> String {
    let text = catch(AssertUnwindSafe(|| error.to_string()));
    let _ = catch(AssertUnwindSafe(|| drop(error)));
    text.unwrap_or_else(|panic| format!("an error that cannot be shown: {}", panic.message()))
}

/// How long a run has to be dropped.
const GIVE_UP: Duration = Duration::from_millis(100);
