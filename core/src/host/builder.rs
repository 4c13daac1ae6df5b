//! Puts a host together and starts it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use keyway_manifest::{Available, Descriptor, EventRole, PluginId, PointInfo, Policy};
use tokio::runtime::Handle;
use tokio::time::Instant;

use super::Host;
use super::audit::{Audit, Kind};
use super::call::{Reaction, TokioTimer, run_clock};
#[cfg(feature = "testing")]
use super::capability::Responder;
use super::capability::{Grants, Mounts, SecretStore, World};
use super::claim;
use super::data::DataFolder;
use super::event::{Bus, DurableOptions, Store, Terms};
use super::failure::{Phase, Problem};
use super::inner::{Inner, StateListener};
use super::job::Scheduler;
use super::limit::{Limit, LimitSource, Limits};
use super::member::{Member, Need};
use super::origin::Place;
use super::point_table::PointTable;
use super::report::StartReport;
use super::settings::{Settings, Source, unknown_plugin};
use super::start::{Outcome, Stakes};
use super::start_error::StartError;
use super::state::StateChange;
use super::stop::StopReport;
use super::tell::tell;
use super::usage::Account;
use super::{unheard, watchdog};
#[cfg(feature = "testing")]
use crate::capability::ClockSource;
use crate::capability::Resource;
use crate::guard::{Aggregate, BreakerOptions};
use crate::plugin::Registration;
use crate::{Census, ExtensionPoint, PluginTable};

/// The plugins of a host in start order, with what the compiler found out about them.
pub(crate) struct Lineup {
    /// Each plugin with its start level.
    pub(crate) plugins: Vec<(Registration, u16)>,
    pub(crate) policy: Policy,
    pub(crate) available: &'static [Available],
    pub(crate) panic_abort: bool,
    /// What the table and the linker disagree about.
    pub(crate) census: Census,
}

impl Lineup {
    fn from_table(table: &PluginTable) -> Result<Self, Problem> {
        let entry = |&index: &u16| {
            let index = usize::from(index);
            Some((**table.registrations.get(index)?, *table.levels.get(index)?))
        };
        let plugins: Option<Vec<_>> = table.order.iter().map(entry).collect();
        let plugins = plugins.filter(|plugins| plugins.len() == table.registrations.len()).ok_or_else(|| {
            let (plugins, order, levels) = (table.registrations.len(), table.order.len(), table.levels.len());
            let message =
                format!("the plugin table does not fit together: {plugins} plugins, an order of {order}, {levels} levels");
            Problem::new("KW0623", message, "let `host!` make the table")
        })?;
        let census = Census::take(table);
        Ok(Self { plugins, policy: *table.policy, available: table.available, panic_abort: table.panic_abort, census })
    }
}

/// Settings of a host before it starts; made by [`Host::builder`].
///
/// All mistakes in what it is given are reported together by [`start`](Self::start).
#[must_use = "a builder does nothing until `start` is called and awaited"]
pub struct HostBuilder {
    lineup: Result<Lineup, Problem>,
    sources: Vec<Source>,
    mounts: Vec<(String, PathBuf)>,
    data_folder: Option<PathBuf>,
    /// What plugins of this host find outside of it; `start` adds the folders.
    world: World,
    needs: Vec<(String, Need)>,
    otherwise: Need,
    limits: Limits,
    publish_deadline: Duration,
    durable_events: DurableOptions,
    listener: Option<StateListener>,
    calls: Vec<&'static PointInfo>,
}

impl HostBuilder {
    pub(super) fn new(table: &PluginTable) -> Self {
        Self::from_lineup(Lineup::from_table(table))
    }

    /// Begins a host without a table that `host!` made.
    pub(crate) fn from_lineup(lineup: Result<Lineup, Problem>) -> Self {
        Self {
            lineup,
            sources: Vec::new(),
            mounts: Vec::new(),
            data_folder: None,
            world: World::new(),
            needs: Vec::new(),
            otherwise: Need::Required,
            limits: Limits::DEFAULT,
            publish_deadline: Aggregate::DEFAULT_LIMIT,
            durable_events: DurableOptions::DEFAULT,
            listener: None,
            calls: Vec::new(),
        }
    }

    /// Lays a configuration over those given before: `[host]` for the host and `[plugin."id"]` for each plugin.
    ///
    /// A plugin's table is laid over the `[config]` of its manifest, key by key. `[host]` may hold `disabled`, `required` and
    /// `optional`, arrays of plugin ids; `data-folder`, a path; `audit`, `false` or a table of `file-size` (`"8MiB"`) and `kept-files`; `secrets`, a table of
    /// `folder` and `environment` (`false` to look at no environment variables);
    /// `deadlines`, a table of `init`, `start`, `stop`, `call`, `job` and `hang` (`"10s"`, `"250ms"`, `"2m"`);
    /// `events`, a table of `publish`, `attempts`, `first-retry`, `longest-retry`, `keep-days` and `keep-at-most`;
    /// `breaker`, `false` or a table of `failures`, `cool-down` and `longest-cool-down`; and `limits`, for each plugin a table of
    /// `concurrent-calls`, `rate` (`"100/s"`), `queued-events`, and what stands in `[limits]` of a manifest. It goes before what the program says. Any other key is an error: a program that keeps
    /// its own settings in the same file takes them out first.
    ///
    /// ```
    /// # fn example(builder: keyway::host::HostBuilder) -> Result<(), toml::de::Error> {
    /// let builder = builder.config(
    ///     r#"
    ///     [host]
    ///     optional = ["site.search"]
    ///     [plugin."site.feed"]
    ///     entries = 20
    ///     "#
    ///     .parse()?,
    /// );
    /// # Ok(())
    /// # }
    /// ```
    pub fn config(mut self, config: toml::Table) -> Self {
        self.sources.push(Source::Table(config));
        self
    }

    /// Like [`config`](Self::config), from a TOML file that is read by [`start`](Self::start).
    pub fn config_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.sources.push(Source::File(path.into()));
        self
    }

    /// Like [`config`](Self::config), for a table that the program has read out of a file of its own, from which it took its other
    /// tables out: messages show the line in `text`, the whole file as it was read, under the name `name`.
    pub fn config_read(mut self, config: toml::Table, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.sources.push(Source::Read { table: config, name: name.into(), text: text.into() });
        self
    }

    /// Mounts a folder for the files capability: `mount("content", "site/pages")` makes `content/about.md` in a plugin's code and in
    /// its scopes stand for `site/pages/about.md`.
    pub fn mount(mut self, name: impl Into<String>, folder: impl Into<PathBuf>) -> Self {
        self.mounts.push((name.into(), folder.into()));
        self
    }

    /// Sets the folder for what is to outlive the host: the storage and tables of plugins, durable events, the audit log.
    ///
    /// It is made, for this user alone, when the first thing is to be kept, and from then on held by a lock: a second host on the same
    /// folder gets an error (KW0681): another process when it starts, another host of this process at the first use. The operator's `data-folder` in `[host]` goes before it. There is none by default, and what needs
    /// one then fails with KW0680. Put it on a local disk, because network file systems do not keep what SQLite relies on.
    pub fn data_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.data_folder = Some(folder.into());
        self
    }

    /// Whether a folder is mounted under this name.
    #[cfg(feature = "testing")]
    pub(crate) fn has_mounted(&self, name: &str) -> bool {
        self.mounts.iter().any(|(mounted, _)| mounted == name)
    }

    /// Says that the host must not run without a plugin. This is so for every plugin unless said otherwise.
    pub fn required(mut self, id: impl Into<String>) -> Self {
        self.needs.push((id.into(), Need::Required));
        self
    }

    /// Says that the host runs without a plugin when the plugin fails to start.
    pub fn optional(mut self, id: impl Into<String>) -> Self {
        self.needs.push((id.into(), Need::Optional));
        self
    }

    /// Makes every plugin optional that is not named by [`required`](Self::required).
    ///
    /// The default is the other way round, because a plugin may be what keeps strangers out: a program that was tested with it and
    /// silently starts without it is another program.
    pub const fn all_optional(mut self) -> Self {
        self.otherwise = Need::Optional;
        self
    }

    /// Sets the time that each plugin has for a phase. The defaults are 10 s for `init`, 10 s for `start` and 5 s for `stop`; the
    /// limits of a plugin's manifest apply where they are stricter. `Phase::Drop` has no limit and is ignored.
    pub const fn phase_deadline(mut self, phase: Phase, limit: Duration) -> Self {
        let limit = Limit { time: limit, set_by: LimitSource::Program };
        match phase {
            Phase::Init => self.limits.init = limit,
            Phase::Start => self.limits.start = limit,
            Phase::Stop => self.limits.stop = limit,
            Phase::Drop => {}
        }
        self
    }

    /// Sets the time that any one async call of an extension has, where neither the point nor the manifest is stricter. There is no
    /// such limit by default.
    pub const fn call_deadline(mut self, limit: Duration) -> Self {
        self.limits.call = Some(limit);
        self
    }

    /// Sets the time that one run of a job has, where neither the job nor the manifest of its plugin is stricter; 5 minutes by default,
    /// or less with [`call_deadline`](Self::call_deadline), which does not count for jobs when this is set. The operator's `job` in
    /// `[host.deadlines]` goes before it.
    pub const fn job_deadline(mut self, limit: Duration) -> Self {
        self.limits.job = Some(limit);
        self
    }

    /// Sets after how long a call that does not give its thread back is said to hang; 10 seconds by default.
    ///
    /// A synchronous call cannot be ended. A watchdog names the plugin, the method and the thread in the log (KW0633), and the
    /// extension is left out until the call comes back.
    pub const fn hang_after(mut self, time: Duration) -> Self {
        self.limits.hang = time;
        self
    }

    /// Sets when an extension that fails again and again is left out for a while; `None` for never. The default is
    /// [`BreakerOptions::default`].
    pub const fn breaker(mut self, breaker: Option<BreakerOptions>) -> Self {
        self.limits.breaker = breaker;
        self
    }

    /// Sets how long publishing one event may wait for full queues of subscribers with `when_full = "block"`, all together; 5 s by
    /// default. Those that have no room then miss the event, and the log says so (KW0654). The operator's `publish` in `[host.events]`
    /// goes before it.
    pub const fn publish_deadline(mut self, limit: Duration) -> Self {
        self.publish_deadline = limit;
        self
    }

    /// Sets how often durable events are tried and how long they are kept. What the operator says in `[host.events]` goes before it.
    pub const fn durable_events(mut self, options: DurableOptions) -> Self {
        self.durable_events = options;
        self
    }

    /// Sets how many calls each plugin takes at the same time, where neither its manifest nor the operator is stricter. There is no
    /// such limit by default. More calls are refused, not kept waiting.
    pub const fn concurrent_calls(mut self, limit: u32) -> Self {
        self.limits.concurrent_calls = Some(limit);
        self
    }

    /// Says that the program calls the extensions of the point or hook `P`: `.calls::<dyn Route>()`.
    ///
    /// A program that says this of every point which it calls is told at the start which plugins extend something that neither it nor
    /// any plugin calls (KW0643, all in one note), at the start and later which veto hooks allow everything because all their plugins are
    /// off (KW0645), which of its hooks no plugin extends ([`StartReport::unextended`]), and when it calls a
    /// point of one version of an SDK that plugins extend in another (KW0613). One that never says it is told nothing of that.
    pub fn calls<P: ExtensionPoint + ?Sized>(mut self) -> Self {
        self.calls.push(P::INFO);
        self
    }

    /// Sets how much of a resource each plugin may have, where neither its manifest nor the operator is stricter. There is no such limit
    /// by default. A use beyond it is an error at its place: see [`OverLimit`](crate::capability::OverLimit).
    pub const fn limit(mut self, resource: Resource, limit: u64) -> Self {
        self.limits.resources.set(resource, limit);
        self
    }

    /// Calls `listener` at every change of a plugin's state, on the thread where it happens. A former listener is replaced.
    pub fn on_state(mut self, listener: impl Fn(&StateChange) + Send + Sync + 'static) -> Self {
        self.listener = Some(Arc::new(listener));
        self
    }

    /// Lets plugins see an environment variable with a value of the caller's choice in place of the process's own.
    #[cfg(feature = "testing")]
    pub(crate) fn variable(mut self, name: String, value: String) -> Self {
        self.world.variables.insert(name, value);
        self
    }

    /// Lets plugins see a secret of the caller's.
    #[cfg(feature = "testing")]
    pub(crate) fn secret(mut self, name: String, value: String) -> Self {
        self.world.secrets.made_up.insert(name, value);
        self
    }

    /// Takes the time from a clock of the caller's.
    #[cfg(feature = "testing")]
    pub(crate) fn clock(mut self, clock: Arc<dyn ClockSource>) -> Self {
        self.world.clock = clock;
        self
    }

    /// Makes the plugins' randomness the same in each run.
    #[cfg(feature = "testing")]
    pub(crate) const fn seed(mut self, seed: u64) -> Self {
        self.world.seed = Some(seed);
        self
    }

    /// Has requests answered by a test.
    #[cfg(feature = "testing")]
    pub(crate) fn responder(mut self, responder: Responder) -> Self {
        self.world.responder = Some(responder);
        self
    }

    /// Starts the plugins, level by level, and answers the running host.
    ///
    /// Call it inside a tokio runtime that has its timer enabled. On a runtime with several threads, plugins of one level compute in
    /// parallel.
    ///
    /// # Errors
    /// When what the builder was given is wrong, or when a required plugin failed or could not be started; then all that had been
    /// started are stopped again. Everything is listed.
    pub async fn start(mut self) -> Result<Host, StartError> {
        let begun = Instant::now();
        let lineup = self.lineup.map_err(|problem| StartError::refused(vec![problem]))?;
        let ids: Vec<_> = lineup.plugins.iter().map(|(registration, _)| registration.descriptor.id).collect();
        let mut problems = Vec::new();
        check_repeated(&lineup.census, &mut problems);
        let settings = Settings::read(&self.sources, &ids, lineup.available, &mut problems);
        let needs = Needs::new(&self.needs, self.otherwise, &settings, &ids, &mut problems);
        let mounts = Mounts::open(&self.mounts, &mut problems);
        if Handle::try_current().is_err() {
            let message = "the host was started outside a tokio runtime";
            problems.push(Problem::new("KW0624", message, "await `start` inside `#[tokio::main]` or `Runtime::block_on`"));
        }
        let limits = self.limits.overridden_by(&settings);
        let data = Arc::new(DataFolder::new(
            settings.data_folder.clone().or(self.data_folder).filter(|path| !path.as_os_str().is_empty()),
        ));
        if let Err(problem) = data.check_free() {
            return Err(StartError::refused(problems.into_iter().chain([problem]).collect()));
        }
        let http_settings = settings.http.clone();
        let made_up = std::mem::take(&mut self.world.secrets.made_up);
        let secrets = SecretStore { folder: settings.secrets.folder.clone(), environment: settings.secrets.environment, made_up };
        let audit = Arc::new(Audit::new(&data, settings.audit.0, &self.world.clock));
        let members = lineup.plugins.into_iter().map(|(registration, level)| {
            let id = registration.descriptor.id.as_str();
            let grants = Arc::new(Grants::new(registration.descriptor, &lineup.policy, Arc::clone(&audit)));
            let is_off = settings.disabled.iter().any(|disabled| disabled == id);
            let traffic = limits.traffic(registration.descriptor, &settings);
            let resources = limits.resources(registration.descriptor, &settings);
            let account = Account::new(registration.descriptor, &resources, Arc::clone(&audit));
            Member::new(registration, level, needs.of(id), is_off, grants, Arc::new(traffic), account)
        });
        let members: Box<[Member]> = members.collect();
        claim::check(&members, &self.calls, &mut problems);
        check_mounted(&members, &self.mounts, &mut problems);
        let options = settings.events.over(self.durable_events);
        let store = open_store(&members, &data, options, &mut problems);
        if !problems.is_empty() {
            return Err(StartError::refused(problems));
        }
        let patience = settings.events.publish.unwrap_or(self.publish_deadline);
        let bus = Bus::new(Terms { patience, store });
        let points = Arc::new(PointTable::new(members.iter().map(|member| member.descriptor)));
        let inner = Arc::new_cyclic(|inner: &Weak<Inner>| Inner {
            points,
            members,
            bus,
            jobs: Scheduler::new(Arc::clone(&self.world.clock)),
            links: OnceLock::new(),
            by_id: OnceLock::new(),
            available: lineup.available,
            calls: self.calls,
            limits,
            settings: Arc::new(settings),
            world: Arc::new(World { mounts, data, audit, secrets, http_settings, ..self.world }),
            timer: Arc::new(TokioTimer),
            observer: Arc::new(Reaction::new(Weak::clone(inner), Handle::current())),
            listener: self.listener,
            runtime: Handle::current(),
            switching: Arc::new(tokio::sync::Mutex::new(false)),
            clock: run_clock(),
        });
        let wanted: Vec<_> = (0..inner.members.len()).filter(|rank| !inner.members[*rank].is_off).collect();
        watchdog::watch(&inner);
        inner.world.audit.host(Kind::Started, &[("plugins", &inner.members.len()), ("policy", &lineup.policy.rules.len())]);
        let outcome = inner.bring_up(&wanted, Stakes::HostStart).await;
        let report = |inner: &Inner| {
            let mut notes = lineup.census.findings();
            notes.extend(unheard::note(&inner.members, &inner.calls));
            notes.extend(unheard::unguarded(&inner.members, &inner.calls, None));
            let unextended = unheard::unextended(&inner.members, &inner.calls);
            StartReport::new(inner, begun.elapsed(), &lineup.policy, lineup.panic_abort, notes, unextended)
        };
        match outcome {
            Outcome::Complete => {
                inner.publish(&[]);
                inner.attach_jobs(&wanted);
                let report = report(&inner);
                report.notes.iter().for_each(|note| tell!(warn, {} "{note}"));
                Ok(Host::new(inner, report))
            }
            Outcome::Abandoned => {
                let report = report(&inner);
                let stopped = StopReport { plugins: inner.take_down(&wanted).await };
                Err(StartError::failed(report, stopped))
            }
        }
    }
}

fn check_repeated(census: &Census, problems: &mut Vec<Problem>) {
    for descriptor in census.repeated() {
        let message = format!("plugin `{} {}` is in the host's table more than once", descriptor.id, descriptor.version);
        let help = format!("name `{}` once in the list given to `host!`", descriptor.package);
        problems.push(Problem::new("KW0503", message, help));
    }
}

/// Opens the store of durable events when a plugin publishes or subscribes to one. A subscriber that the configuration disables has its
/// place there too, so that what it misses waits for it; but for its sake alone no data folder is asked for.
fn open_store(members: &[Member], data: &DataFolder, options: DurableOptions, problems: &mut Vec<Problem>) -> Option<Arc<Store>> {
    let of_member =
        |member: &'static Descriptor| member.events.iter().filter(|entry| entry.event.durable).map(move |entry| (member, entry));
    let uses: Vec<_> = members.iter().flat_map(|member| of_member(member.descriptor)).collect();
    uses.first()?;
    let first = members.iter().filter(|member| !member.is_off).find_map(|member| of_member(member.descriptor).next());
    let can_store = cfg!(feature = "data") && data.is_named();
    if first.is_none() && !can_store {
        return None;
    }
    if let Some((first, entry)) = first.filter(|_| cfg!(feature = "data") && !data.is_named()) {
        let does = if entry.role == EventRole::Publishes { "publishes" } else { "subscribes to" };
        let (id, version, topic) = (first.id, first.version, entry.event.topic);
        let message =
            format!("plugin `{id} {version}` {does} the durable event `{topic}`, and the host has no data folder to store it in");
        let help = "add `.data_folder(\"path/of/the/folder\")` to `Host::builder`, or set `data-folder` in `[host]` of the configuration";
        problems.push(Problem::new("KW0653", message, help));
        return None;
    }
    let granted = |id: PluginId, topic: &str| {
        let member = members.iter().find(|member| member.descriptor.id == id);
        member.is_some_and(|member| member.grants.covers("events.subscribe", topic))
    };
    let subscribed = uses.iter().filter(|(_, entry)| entry.role == EventRole::Subscribes);
    let granted = subscribed.filter(|(plugin, entry)| granted(plugin.id, entry.event.topic.as_str()));
    let subscriptions: Vec<_> = granted.map(|(plugin, entry)| (plugin.id.as_str(), entry.event.topic.as_str())).collect();
    Store::open(data, &subscriptions, options).map_err(|problem| problems.push(problem)).ok()
}

/// Finds the folders that plugins were granted and that the program has forgotten to mount.
fn check_mounted(members: &[Member], mounts: &[(String, PathBuf)], problems: &mut Vec<Problem>) {
    for member in members.iter().filter(|member| !member.is_off) {
        let mut missing: Vec<&str> = Vec::new();
        for (permission, scope) in member.grants.folders() {
            // A scope such as `**` is about whatever is mounted.
            let folder = scope.split('/').next().unwrap_or(scope);
            if folder.contains('*') || missing.contains(&folder) || mounts.iter().any(|(name, _)| name == folder) {
                continue;
            }
            missing.push(folder);
            let (id, version) = (member.descriptor.id, member.descriptor.version);
            let message = format!(
                "plugin `{id} {version}` is granted `{permission}` for `{scope}`, but the host has mounted no folder `{folder}`"
            );
            let help = format!("add `.mount(\"{folder}\", \"path/of/the/folder\")` to `Host::builder`");
            let request = member.descriptor.permissions.iter().find(|request| request.name == permission);
            let place = request.and_then(|request| Place::of(request.location));
            problems.push(Problem::new("KW0627", message, help).at(place));
        }
    }
}

/// Which plugins the host can do without, from the program and the operator.
struct Needs {
    said: BTreeMap<String, Need>,
    otherwise: Need,
}

impl Needs {
    fn new(
        program: &[(String, Need)],
        otherwise: Need,
        settings: &Settings,
        known: &[PluginId],
        problems: &mut Vec<Problem>,
    ) -> Self {
        let mut said = BTreeMap::new();
        for (id, need) in program {
            if !known.iter().any(|plugin| plugin.as_str() == id) {
                let call = if *need == Need::Required { "required" } else { "optional" };
                problems.push(unknown_plugin(&format!("`HostBuilder::{call}`"), id, known));
            } else if *need == Need::Required && settings.disabled.contains(id) {
                let message =
                    format!("the configuration disables `{id}` under `host.disabled`, but the program says that it is required");
                problems.push(Problem::new("KW0618", message, format!("remove `{id}` from `disabled`")));
            }
            said.insert(id.clone(), *need);
        }
        let operator = settings.required.iter().map(|id| (id, Need::Required));
        for (id, need) in operator.chain(settings.optional.iter().map(|id| (id, Need::Optional))) {
            said.insert(id.clone(), need);
        }
        Self { said, otherwise }
    }

    fn of(&self, id: &str) -> Need {
        self.said.get(id).copied().unwrap_or(self.otherwise)
    }
}

impl fmt::Debug for HostBuilder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plugins = self.lineup.as_ref().map_or(0, |lineup| lineup.plugins.len());
        formatter.debug_struct("HostBuilder").field("plugins", &plugins).field("limits", &self.limits).finish_non_exhaustive()
    }
}
