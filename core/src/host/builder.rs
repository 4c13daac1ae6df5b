//! What a program says of a host before it starts.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

#[cfg(feature = "native")]
use keyway_manifest::NativePolicy;
use keyway_manifest::PointInfo;

#[cfg(feature = "testing")]
use super::capability::Responder;
use super::capability::World;
use super::event::DurableOptions;
use super::failure::{Phase, Problem};
use super::inner::StateListener;
use super::limit::{Limit, LimitSource, Limits};
use super::lineup::Lineup;
#[cfg(feature = "native")]
use super::native::NativeOptions;
use super::need::Need;
use super::settings::Source;
use super::state::StateChange;
#[cfg(feature = "testing")]
use crate::capability::ClockSource;
use crate::capability::Resource;
use crate::guard::{Aggregate, BreakerOptions};
use crate::{ExtensionPoint, PluginTable};

/// Settings of a host before it starts; made by [`Host::builder`](crate::Host::builder).
///
/// All mistakes in what it is given are reported together by [`start`](Self::start).
#[must_use = "a builder does nothing until `start` is called and awaited"]
pub struct HostBuilder {
    pub(super) lineup: Result<Lineup, Problem>,
    pub(super) sources: Vec<Source>,
    pub(super) mounts: Vec<(String, PathBuf)>,
    pub(super) data_folder: Option<PathBuf>,
    /// What plugins of this host find outside of it; `start` adds the folders.
    pub(super) world: World,
    pub(super) needs: Vec<(String, Need)>,
    pub(super) otherwise: Need,
    pub(super) limits: Limits,
    pub(super) publish_deadline: Duration,
    pub(super) durable_events: DurableOptions,
    pub(super) listener: Option<StateListener>,
    pub(super) calls: Vec<&'static PointInfo>,
    #[cfg(feature = "native")]
    pub(super) native: NativeOptions,
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
            #[cfg(feature = "native")]
            native: NativeOptions::default(),
        }
    }

    /// Lays a configuration over those given before: `[host]` for the host and `[plugin."id"]` for each plugin.
    ///
    /// A plugin's table is laid over the `[config]` of its manifest, key by key. `[host]` may hold `disabled`, `required` and
    /// `optional`, arrays of plugin ids; `data-folder`, a path; `audit`, `false` or a table of `file-size` (`"8MiB"`) and `kept-files`; `secrets`, a table of
    /// `folder` and `environment` (`false` to look at no environment variables);
    /// `reload`, a table of `drain`, `hold`, `state`, `largest-state`, `history` and `probation`;
    /// `deadlines`, a table of `init`, `start`, `stop`, `call`, `job` and `hang` (`"10s"`, `"250ms"`, `"2m"`);
    /// `native`, `false` or a table with which the operator makes the rules for native plugins stricter, with the keys of `[native]` in host.toml;
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
    /// limits of a plugin's manifest apply where they are stricter. What is not one of these three is ignored.
    pub const fn phase_deadline(mut self, phase: Phase, limit: Duration) -> Self {
        let limit = Limit { time: limit, set_by: LimitSource::Program };
        match phase {
            Phase::Init => self.limits.init = limit,
            Phase::Start => self.limits.start = limit,
            Phase::Stop => self.limits.stop = limit,
            Phase::Drop | Phase::Save | Phase::Restore => {}
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
    /// off (KW0645), which of its hooks no plugin extends ([`StartReport::unextended`](super::StartReport::unextended)), and when it calls a
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

    /// Looks for native plugins in a folder: plugins that were built as shared libraries, and are loaded when the host starts.
    ///
    /// In the folder, each library lies by itself or in a folder of its own, which is best named by the plugin's id, with what belongs to
    /// it beside it: `plugin.toml`, `SHA256SUMS`, and the signature `<library>.minisig`. Where several folders are named, the library of
    /// a plugin in the folder that was named first is used, and a note tells of the others; so the order is: project, user, system. A
    /// folder that does not exist is told and passed over.
    ///
    /// The policy decides what is loaded: `[native]` of host.toml, or [`native_policy`](Self::native_policy). Without either the host does
    /// not start (KW0755). Before any code of a library runs, the files, digests and signatures are verified and its types are
    /// compared with those of the program; then all plugins are ordered together. From there on native plugins are like linked ones: they
    /// are required unless said otherwise, and have the same configuration, limits and grants. They are not kept from anything that the
    /// process may do: the native tier isolates nothing.
    ///
    /// ```
    /// # async fn example(plugins: fn() -> keyway::PluginTable) -> Result<(), keyway::host::StartError> {
    /// let host = keyway::Host::builder(plugins()).native_dir("extensions").native_dir("/usr/lib/my-site/plugins").start().await?;
    /// for plugin in host.plugins().iter().filter(|plugin| plugin.tier == "native") {
    ///     println!("{} comes from {:?}", plugin.id, plugin.library);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "native")]
    pub fn native_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.native.folders.push(folder.into());
        self
    }

    /// Reloads native plugins when their files change, without anybody asking for it. The operator's `watch` in `[host.native]` goes before it.
    ///
    /// A library is taken when its files have stayed the same for a second and are others than those that were last tried; the next time
    /// ten seconds later at the earliest. It is verified and compared as ever, and one that is refused is told once, while the one before
    /// serves on. What is new in the folders is told and not loaded. After three reloads of a plugin that took longer than ten seconds each,
    /// its files are no longer followed until somebody [reloads](crate::Host::reload) it.
    #[cfg(feature = "native-watch")]
    pub const fn watch_native(mut self) -> Self {
        self.native.watch = true;
        self
    }

    /// Says which native plugins are loaded, for a host whose policy is not a host.toml (`policy = grant_requested`).
    ///
    /// A host whose policy has `[native]` must not say it twice (KW0766). The operator's `[host.native]` can make the rules stricter.
    #[cfg(feature = "native")]
    pub const fn native_policy(mut self, policy: NativePolicy) -> Self {
        self.native.policy = Some(policy);
        self
    }

    /// Takes native plugins whose files belong to the user with this id, besides those of root and of the user whose rights the program
    /// has: for a host that runs as another user than the one who installs plugins. On Windows it means nothing.
    #[cfg(feature = "native")]
    pub fn native_owner(mut self, user: u32) -> Self {
        self.native.owners.push(user);
        self
    }

    /// Takes an older signed version of a native plugin than the highest that ran here before, which is refused otherwise (KW0738). From
    /// then on it is the highest, so the word is not needed for the next start. While the host runs,
    /// [`Reload::allow_older`](super::Reload::allow_older) says the same.
    #[cfg(feature = "native")]
    pub fn native_older(mut self, id: impl Into<String>) -> Self {
        self.native.older.push(id.into());
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
}

impl fmt::Debug for HostBuilder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plugins = self.lineup.as_ref().map_or(0, |lineup| lineup.plugins.len());
        formatter.debug_struct("HostBuilder").field("plugins", &plugins).field("limits", &self.limits).finish_non_exhaustive()
    }
}
