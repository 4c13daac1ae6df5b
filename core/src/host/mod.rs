//! The runtime for programs that load plugins: start, stop, the extensions, and the capabilities behind the contexts.
//!
//! A program starts a [`Host`] with the table that [`host!`](crate::host!) made, asks it for the extensions of a point, calls them
//! like any other value, and stops it at the end:
//!
//! ```
//! # use keyway::PluginTable;
//! # use keyway::host::StartError;
//! # /// What the SDK declares.
//! # #[keyway::extension_point(id = "doc.route", version = "1.0.0", on_failure = "open")]
//! # pub trait Route {
//! #     /// The path that it serves.
//! #     fn path(&self) -> String;
//! # }
//! # async fn example(plugins: fn() -> PluginTable) -> Result<(), StartError> {
//! use keyway::Host;
//!
//! let host = Host::builder(plugins()).config_file("site.toml").mount("content", "pages").start().await?;
//! println!("{}", host.start_report());
//! for route in host.extensions::<dyn Route>() {
//!     println!("{} serves {}", route.id(), route.path());
//! }
//! host.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! What the compiler found out about the graph (order and levels) is not computed again.

mod after_panic;
mod answer;
mod approval;
pub mod audit;
mod builder;
mod call;
mod call_settings;
mod capability;
mod capability_settings;
mod claim;
mod config;
mod data;
mod event;
mod excess;
mod extenders;
mod failure;
mod historic;
mod info;
mod inner;
#[cfg(any(feature = "data", feature = "native"))]
mod interned;
mod job;
mod launch;
mod library;
mod limit;
mod lineup;
mod links;
mod member;
#[cfg(feature = "native")]
pub(crate) mod native;
mod near;
mod need;
#[cfg(feature = "native")]
mod off_worker;
mod origin;
mod phase;
mod point_table;
#[cfg(feature = "native")]
mod preview;
mod release;
mod reload;
mod repeated;
mod report;
mod settings;
mod snapshot;
mod start;
mod start_error;
mod state;
mod stop;
mod switch;
mod task;
mod tell;
mod unheard;
mod usage;
mod verification;
mod watchdog;

use std::fmt;
use std::sync::Arc;

use keyway_manifest::Descriptor;
use tokio::task::JoinError;

pub use answer::answer_tools;
pub use approval::ApprovalInfo;
pub use builder::HostBuilder;
pub(crate) use call::TokioTimer;
pub use capability::Denials;
#[cfg(feature = "testing")]
pub(crate) use capability::Responder;
pub use claim::ClaimedPoint;
pub(crate) use event::TopicOps;
pub use event::{DeadLetter, DurableInfo, DurableOptions, QueueInfo, Subscribed, SubscriptionInfo};
pub(crate) use extenders::Extenders;
pub use failure::{Phase, PluginError, PluginErrorKind, Problem};
pub use historic::Historic;
pub use info::{ExtensionInfo, PluginInfo};
pub use job::{JobCounts, JobInfo, JobOutcome, LastRun, RunJobError};
pub use keyway_manifest::shown;
pub use library::LibraryInfo;
pub use limit::LimitSource;
pub(crate) use point_table::PointTable;
#[cfg(feature = "native")]
pub use preview::PlannedPlugin;
pub use release::Reason;
pub use reload::{Effect, ReleaseInfo, Reload, ReloadError, ReloadPlan, Reloaded, StatePlan, Step};
pub use report::StartReport;
pub use snapshot::{Extension, Extensions, IntoIter, Loaded, Point};
pub use start_error::StartError;
pub use state::{IllegalMove, State, StateChange};
pub use stop::{StopEntry, StopReport};
use switch::SwitchedBy;
pub use switch::{Affected, Dependents, SwitchError, Switched};
pub use usage::{Amount, Heap, TrackingAllocator, Usage};
pub use verification::{Answer, Question, Verification};

#[cfg(feature = "testing")]
pub(crate) use lineup::{Entrant, Lineup};

use crate::capability::Denied;
use crate::event::{Delivery, Envelope, Event, Filter, Handler, Publisher, Source, Subscription, TopicType};
use crate::guard::Slot;
use crate::hook::{HistoricPoint, Hook, HookPoint, Interrupted};
use crate::link::Link;
use crate::{Error, ExtensionPoint, Plugin, PluginTable};
use inner::Inner;

/// A running set of plugins. Cloning is cheap; all clones are the same host.
///
/// Stop it with [`stop`](Self::stop): when the last clone is dropped while plugins run, they are dropped without their `stop` being
/// called, and the log says so.
#[derive(Clone)]
pub struct Host {
    inner: Arc<Inner>,
    report: Arc<StartReport>,
}

impl Host {
    /// Begins a host with the table of plugins that [`host!`](crate::host!) made.
    pub fn builder(table: PluginTable) -> HostBuilder {
        HostBuilder::new(&table)
    }

    fn new(inner: Arc<Inner>, report: StartReport) -> Self {
        Self { inner, report: Arc::new(report) }
    }

    /// The extensions of the point `P` (`host.extensions::<dyn Route>()`) at this moment, in start order. Takes no lock.
    ///
    /// Where this is asked often, keep a [`point`](Self::point) and spare the look-up.
    #[must_use]
    pub fn extensions<P: ExtensionPoint + ?Sized + 'static>(&self) -> Extensions<P> {
        self.inner.points.extensions::<P>()
    }

    /// A handle to the point `P`, from which its extensions can be read again and again without a look-up.
    #[must_use]
    pub fn point<P: ExtensionPoint + ?Sized + 'static>(&self) -> Point<P> {
        self.inner.points.point::<P>()
    }

    /// The plugins of the hook `P`, to be asked together in the mode of the hook: `host.hook::<dyn BeforeDelete>().veto(…)`.
    #[must_use]
    pub fn hook<P: HookPoint + ?Sized + 'static>(&self) -> Hook<P> {
        Hook::new(Link::to(self.point()), None, Arc::clone(&self.inner.timer))
    }

    /// The historic hook `P`, through which plugins that start later are told too what happened before; `tell` passes one value to the
    /// plugin's method. Make it once and keep it: the history is in it. See [`Historic`].
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn historic<P, T, F>(&self, tell: impl Fn(P::Guard, Arc<T>) -> F + Send + Sync + 'static) -> Historic<T>
    where
        P: HistoricPoint + ?Sized + 'static,
        T: Send + Sync + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        Historic::new(self.point::<P>(), tell)
    }

    /// All plugins in start order, running or not.
    #[must_use]
    pub fn plugins(&self) -> Vec<PluginInfo> {
        (0..self.inner.members.len()).map(|rank| PluginInfo::of(&self.inner, rank)).collect()
    }

    /// One plugin by its id; `None` when the host has none of that id.
    #[must_use]
    pub fn plugin(&self, id: &str) -> Option<PluginInfo> {
        self.inner.rank_of(id).map(|rank| PluginInfo::of(&self.inner, rank))
    }

    /// Allows a plugin a use of a permission, or refuses, counts and logs it: for what the program does in a plugin's name, such as
    /// listening on an address or sending a header. It is the same check that every capability goes through.
    ///
    /// # Errors
    /// What was denied, and which rule denied it. A plugin that this host does not have is denied everything, without being counted.
    pub fn check(&self, plugin: &'static Descriptor, permission: &'static str, value: &str) -> Result<(), Denied> {
        match self.inner.rank_of(plugin.id.as_str()).map(|rank| &self.inner.members[rank]) {
            Some(member) => member.release().grants.check(permission, value),
            None => {
                let rule = "this host has no such plugin".to_owned();
                Err(Denied { plugin: plugin.id, permission, asked: value.to_owned(), rule })
            }
        }
    }

    /// Publishes events of the type `E` in the host's own name. Keep the handle where this is done often.
    ///
    /// # Errors
    /// When the topic of `E` stands for another type in this host.
    pub fn publisher<E: Event>(&self) -> Result<Publisher<E>, Error> {
        Publisher::of_topic(&self.inner.bus.topic(TopicType::of::<E>())?, Source::new(event::HOST.id))
    }

    /// Calls `handler` with every event of the type `E`, until the answer is dropped. With [`Delivery::Queue`] it is called in a task.
    ///
    /// A panic of it is caught, counted and logged. Call it inside a tokio runtime.
    ///
    /// # Errors
    /// When the topic of `E` stands for another type in this host.
    pub fn subscribe<E: Event>(
        &self,
        delivery: Delivery,
        handler: impl Fn(&E) + Send + Sync + 'static,
    ) -> Result<Subscribed, Error> {
        let handler = match delivery {
            Delivery::Sync => Handler::typed::<E>(event::TypedClosure(handler)),
            Delivery::Queue(_) => event::closure(move |envelope| {
                if let Some(event) = envelope.downcast_ref() {
                    handler(event);
                }
            }),
        };
        self.inner.bus.topic(TopicType::of::<E>())?;
        let filter = Filter::Type(TopicType::of::<E>());
        Ok(self.inner.attach_host(Subscription { point: &E::INFO.point, filter, delivery, handler }))
    }

    /// Calls `handler` with every event whose topic fits a pattern, such as `content.*` or `**`, until the answer is dropped. With
    /// [`Delivery::Queue`] it is called in a task.
    ///
    /// A panic of it is caught, counted and logged. Call it inside a tokio runtime.
    pub fn observe(
        &self,
        pattern: &'static str,
        delivery: Delivery,
        handler: impl Fn(&Envelope<'_>) + Send + Sync + 'static,
    ) -> Subscribed {
        let handler = event::closure(handler);
        self.inner.attach_host(Subscription { point: &event::OBSERVING, filter: Filter::Pattern(pattern), delivery, handler })
    }

    /// All subscriptions to events, in the order in which subscribers are told: their queues, what was dropped, how far they lag.
    #[must_use]
    pub fn subscriptions(&self) -> Vec<SubscriptionInfo> {
        self.inner.bus.infos()
    }

    /// The newest durable events that were given up, each for one subscriber: at most 1,000.
    ///
    /// # Errors
    /// When the database cannot be read, and after the host has stopped.
    pub async fn dead_letters(&self) -> Result<Vec<DeadLetter>, Error> {
        match self.inner.bus.store() {
            Some(store) => store.dead_letters(1_000).await,
            None => Ok(Vec::new()),
        }
    }

    /// Delivers a dead letter to its subscriber again, behind all events that wait. Answers whether there was one of this id.
    ///
    /// # Errors
    /// When the database cannot be written, and after the host has stopped.
    pub async fn retry_dead_letter(&self, id: i64) -> Result<bool, Error> {
        match self.inner.bus.store() {
            Some(store) => store.take_dead_letter(id, true).await,
            None => Ok(false),
        }
    }

    /// Removes a dead letter for good. Answers whether there was one of this id.
    ///
    /// # Errors
    /// When the database cannot be written, and after the host has stopped.
    pub async fn forget_dead_letter(&self, id: i64) -> Result<bool, Error> {
        match self.inner.bus.store() {
            Some(store) => store.take_dead_letter(id, false).await,
            None => Ok(false),
        }
    }

    /// How the audit log fares; `None` when the host keeps none, because it has no data folder or the operator wants none.
    #[must_use]
    pub fn audit(&self) -> Option<audit::AuditInfo> {
        self.inner.world.audit.info()
    }

    /// Writes something into the audit log that the program around the host knows of, such as who has signed in. Nothing waits for it;
    /// without an audit log it does nothing.
    ///
    /// `kind` says what happened; put a `.` into it, as in `auth.login`, as no kind of the host's own has one. Values are cut after 512
    /// characters. They must hold no secret: the log is kept for long, and read by many.
    ///
    /// ```no_run
    /// # let host: keyway::Host = unimplemented!();
    /// host.record("auth.login", &[("user", &"ada")]);
    /// ```
    pub fn record(&self, kind: &'static str, details: &[(&'static str, &dyn fmt::Display)]) {
        self.inner.world.audit.host(audit::Kind::Program(kind), details);
    }

    /// Like [`record`](Self::record), for what a stranger can make happen as often as they like, such as a failed attempt to sign in.
    ///
    /// Within a minute, equal records become one with their `count`, and so do all of this kind past the 32nd.
    pub fn record_often(&self, kind: &'static str, details: &[(&'static str, &dyn fmt::Display)]) {
        self.inner.world.audit.often(None, audit::Kind::Program(kind), details);
    }

    /// The jobs of all running plugins: when each runs next, how its last run went, and what was left out.
    #[must_use]
    pub fn jobs(&self) -> Vec<JobInfo> {
        self.inner.jobs.infos()
    }

    /// Runs a job of a plugin now, whatever its schedule says, and answers how that went. The run goes on when the answer is no longer
    /// awaited.
    ///
    /// # Errors
    /// When no running plugin has such a job, when it runs already, and when the plugin is just being stopped.
    pub async fn run_job(&self, plugin: &str, job: &str) -> Result<JobOutcome, RunJobError> {
        let entry = self.inner.find_job(plugin, job)?;
        to_the_end(entry.run_on_request()).await
    }

    /// What happened when the host started.
    #[must_use]
    pub fn start_report(&self) -> &StartReport {
        &self.report
    }

    /// The graph of the plugins in the DOT language, for Graphviz: an arrow leads from a plugin to what starts before it. Optional
    /// requirements are dashed, order hints dotted, plugins that do not run have a dashed frame.
    #[must_use]
    pub fn graph_dot(&self) -> String {
        links::dot(&self.inner)
    }

    /// Switches a running plugin off: readers no longer see its extensions, calls through older snapshots are refused, its `stop` is
    /// called, and it is dropped once nobody holds on to it. Calls under way go on.
    ///
    /// Answers all plugins that were switched off, dependents first. The switch goes on when the answer is no longer awaited.
    ///
    /// # Errors
    /// When the host has no such plugin, it does not run, or others require it and `dependents` says to refuse. Nothing changes then.
    pub async fn disable(&self, id: &str, dependents: Dependents) -> Result<Switched, SwitchError> {
        let (inner, id, turn) = (Arc::clone(&self.inner), id.to_owned(), self.inner.turn());
        to_the_end(async move { inner.disable(&id, dependents, SwitchedBy::Program, &turn.await).await }).await
    }

    /// Switches a plugin on: makes a new instance, runs `init` and `start`, and shows readers its extensions.
    ///
    /// Answers all plugins that were switched on, in start order. For a plugin that runs in the state
    /// [`RecoverableError`](State::RecoverableError) it closes the breakers of its extensions instead, and answers the plugin.
    ///
    /// # Errors
    /// When the host has no such plugin or has stopped, the plugin runs already, it requires others that do not run and `dependents` says
    /// to refuse, or a plugin fails.
    pub async fn enable(&self, id: &str, dependents: Dependents) -> Result<Switched, SwitchError> {
        let (inner, id, turn) = (Arc::clone(&self.inner), id.to_owned(), self.inner.turn());
        to_the_end(async move { inner.enable(&id, dependents, SwitchedBy::Program, &turn.await).await }).await
    }

    /// Puts another release of a plugin in place of the one that serves, without a gap: for a native plugin its library as it is now, for
    /// one that is linked an instance with the configuration as it is now, which is read again.
    ///
    /// The new instance is made and started beside the old one, gets its [state](crate::state), and takes its place for readers at once;
    /// the old one ends its calls, stops and is dropped. A failure before that leaves the old one serving. What requires the plugin goes
    /// on, or is made anew after it: [`plan_reload`](Self::plan_reload) tells which. `docs/reload.md` has the order of all steps.
    ///
    /// The library of a native plugin is looked for again in all folders, verified, and compared with the program, as at the start. When
    /// neither it nor the plugin's configuration has changed, nothing is done, and the plan in the answer says so. Give a [`Reload`] in
    /// place of the id for other wishes.
    ///
    /// The reload goes on when the answer is no longer awaited.
    ///
    /// # Errors
    /// Why the plugin goes on as it was.
    pub async fn reload(&self, plugin: impl Into<Reload>) -> Result<Reloaded, ReloadError> {
        let (inner, request, turn) = (Arc::clone(&self.inner), plugin.into(), self.inner.turn());
        to_the_end(async move {
            let turn = turn.await;
            #[cfg(feature = "native-watch")]
            inner.resume_watching(&request.plugin);
            let (rank, candidate) =
                inner.candidate(&request).await.inspect_err(|error| inner.note_refused(error, Reason::Reload))?;
            inner.reload(rank, candidate, &turn).await
        })
        .await
    }

    /// What [`reload`](Self::reload) would do at this moment; nothing is changed, and no code of the plugin runs.
    ///
    /// # Errors
    /// Why the reload would be refused.
    pub async fn plan_reload(&self, plugin: impl Into<Reload>) -> Result<ReloadPlan, ReloadError> {
        let (request, turn) = (plugin.into(), self.inner.turn());
        let turn = turn.await;
        let (rank, candidate) = self.inner.candidate(&request).await?;
        self.inner.plan(rank, &candidate, *turn)
    }

    /// Goes back to the release that a plugin had before the last reload, in the same way and without a gap. The release that is left
    /// is forgotten, so that going back once more goes further back.
    ///
    /// # Errors
    /// When there is none, and why the plugin goes on as it was.
    pub async fn roll_back(&self, id: &str) -> Result<Reloaded, ReloadError> {
        let (inner, id, turn) = (Arc::clone(&self.inner), id.to_owned(), self.inner.turn());
        to_the_end(async move {
            let turn = turn.await;
            let rank = inner.rank_of(&id).ok_or_else(|| inner.unknown(&id))?;
            let candidate = inner.previous(rank, Reason::RollBack)?;
            inner.reload(rank, candidate, &turn).await
        })
        .await
    }

    /// The releases of a plugin in this run of the host, the newest first, as far as they are kept: `history` in `[host.reload]`. None for
    /// a plugin that the host does not have.
    #[must_use]
    pub fn releases(&self, id: &str) -> Vec<ReleaseInfo> {
        self.inner.rank_of(id).map(|rank| self.inner.releases(rank)).unwrap_or_default()
    }

    /// Stops all plugins, in the reverse of the start order, also when the answer is no longer awaited. This is for good: nothing can be
    /// switched on afterwards. A second call finds none running and answers an empty report.
    pub async fn stop(&self) -> StopReport {
        let (inner, turn) = (Arc::clone(&self.inner), self.inner.turn());
        to_the_end(async move { inner.stop(turn.await).await }).await
    }

    /// The running instance of the plugin type `P`, for the concrete form of [`host!`](crate::host!); `None` while it does not run.
    ///
    /// The instance stays alive as long as it is held. Calls on it are not guarded.
    #[must_use]
    pub fn concrete<P: Plugin>(&self) -> Option<Arc<P>> {
        let member = &self.inner.members[self.inner.rank_of(P::DESCRIPTOR.id.as_str())?];
        let instance = member.status().running.as_ref().map(|running| Arc::clone(&running.instance))?;
        instance.instance().concrete().downcast::<Arc<P>>().ok().map(|plugin| *plugin)
    }

    /// The slot through which the guards of a plugin's extension are counted and switched, for the concrete form of
    /// [`host!`](crate::host!); `None` while the plugin does not run or when it does not extend `P`.
    #[doc(hidden)]
    #[must_use]
    pub fn slot<P: ExtensionPoint + ?Sized>(&self, plugin: &str) -> Option<Arc<Slot>> {
        self.inner.members[self.inner.rank_of(plugin)?].slot(P::INFO.id)
    }
}

/// Tells of a hook that nobody may have looked at the end of.
pub(crate) fn tell_of_interrupted(interrupted: &Interrupted) {
    let plugin = interrupted.plugin().map(|plugin| plugin.id.as_str());
    tell::tell!(error, { plugin, } "{interrupted}");
}

/// Lets a switch go on to its end when its caller gives up waiting, so that no plugin is left between two states.
async fn to_the_end<T: Send + 'static>(switch: impl Future<Output = T> + Send + 'static) -> T {
    match tokio::spawn(switch).await.map_err(JoinError::try_into_panic) {
        Ok(answer) => answer,
        Err(Ok(panic)) => std::panic::resume_unwind(panic),
        // The runtime is shutting down and has cancelled the switch; its caller is cancelled too.
        Err(Err(_)) => std::future::pending().await,
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Host").field(&self.inner).finish()
    }
}
