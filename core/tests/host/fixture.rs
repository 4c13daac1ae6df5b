//! Plugins whose behaviour each test scripts through their configuration, and a journal of what they did.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use keyway::__private as generated;
use keyway::capability::{Environment, Files, FilesMut};
use keyway::guard::OutcomeClosed;
use keyway::host::HostBuilder;
use keyway::manifest::record::{PointLayout, SdkFacts};
use keyway::manifest::{
    AfterPanic, BreakOn, Descriptor, ExtensionEntry, FailurePolicy, Graph, Location, PermissionRequest, PluginId, PointInfo,
    Policy, Provision, Requirement, ScopeKind, Target, Version, VersionRange, resolve_slice,
};
use keyway::{CallError, Context, Error, ExtensionPoint, Host, Lifecycle, Plugin, PluginTable, permission};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

/// What a scripted plugin does; made from its configuration.
#[derive(Debug, Default, Clone)]
pub(crate) struct Script {
    journal: u32,
    name: String,
    init: String,
    start: String,
    stop: String,
    drop: String,
    greet: String,
    takes: bool,
}

/// A scripted plugin.
pub(crate) struct Actor(Script);

/// The capabilities that a scripted plugin with `takes = true` was given.
#[derive(Clone)]
pub(crate) struct Taken {
    pub(crate) files: Result<Files, String>,
    pub(crate) files_mut: Result<FilesMut, String>,
    pub(crate) environment: Result<Environment, String>,
}

static JOURNALS: Mutex<BTreeMap<u32, Vec<String>>> = Mutex::new(BTreeMap::new());
static TAKEN: Mutex<BTreeMap<u32, Taken>> = Mutex::new(BTreeMap::new());

impl Script {
    fn note(&self, what: &str) {
        let line = format!("{what} {}", self.name);
        JOURNALS.lock().unwrap().entry(self.journal).or_default().push(line);
    }

    /// Blocks its thread until three plugins are in this phase at once.
    fn meet(&self, phase: &str) -> Result<(), Error> {
        let prefix = format!("{phase} ");
        for _ in 0..2_000 {
            let journals = JOURNALS.lock().unwrap();
            let here =
                journals.get(&self.journal).map_or(0, |lines| lines.iter().filter(|line| line.starts_with(&prefix)).count());
            drop(journals);
            if here >= 3 {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Err(Error::message("the others did not come"))
    }

    /// Does what a script says: nothing, `fail`, `panic`, `hang`, `meet` two others, or `wait` for 50 ms.
    async fn act(&self, phase: &str, script: &str) -> Result<(), Error> {
        self.note(phase);
        match script {
            "fail" => return Err(Error::message("no such luck")),
            "panic" => panic!("boom in {phase}"),
            "hang" => std::future::pending().await,
            "wait" => {
                tokio::time::sleep(Duration::from_millis(50)).await;
                self.note(&format!("{phase}ed"));
            }
            "meet" => return self.meet(phase),
            _ => {}
        }
        Ok(())
    }
}

impl Lifecycle for Actor {
    type Config = Script;

    async fn init(ctx: &Context<Self>, script: Script) -> Result<Self, Error> {
        let script = Script { name: ctx.descriptor().id.as_str().trim_start_matches("site.").to_owned(), ..script };
        script.act("init", &script.init).await?;
        if script.takes {
            let text = |error: Error| error.to_string();
            let taken = Taken {
                files: ctx.files().map_err(text),
                files_mut: ctx.files_mut().map_err(text),
                environment: ctx.environment().map_err(text),
            };
            TAKEN.lock().unwrap().insert(script.journal, taken);
        }
        ctx.log().info(format_args!("{} is ready", script.name));
        if script.start == "warn" {
            ctx.log().warn("the oven is cold");
        }
        Ok(Self(script))
    }

    // Written without `async` so that `panic-early` panics while the future is made.
    fn start(&self, _ctx: &Context<Self>) -> impl Future<Output = Result<(), Error>> + Send {
        assert!(self.0.start != "panic-early", "boom before start");
        self.0.act("start", &self.0.start)
    }

    async fn stop(&self) -> Result<(), Error> {
        self.0.act("stop", &self.0.stop).await
    }
}

impl Drop for Actor {
    fn drop(&mut self) {
        self.0.note("drop");
        assert!(self.0.drop != "panic", "boom in drop");
    }
}

impl Plugin for Actor {
    const DESCRIPTOR: &'static Descriptor = &Descriptor { permissions: EVERYTHING, ..Descriptor::EMPTY };

    fn __extensions(instance: &Arc<Self>) -> Vec<generated::Extension> {
        let shielded = <dyn Greet as generated::Carries<Self>>::shield(instance);
        vec![generated::Extension::new::<dyn Greet>(shielded)]
    }
}

impl permission::FilesystemRead for Actor {
    type DeclaredInTheManifest = generated::Declared<Self>;
}
impl permission::FilesystemWrite for Actor {
    type DeclaredInTheManifest = generated::Declared<Self>;
}
impl permission::EnvRead for Actor {
    type DeclaredInTheManifest = generated::Declared<Self>;
}

/// The permissions that the type declares; what each plugin of a test asks for stands in its own descriptor.
const EVERYTHING: &[PermissionRequest] = &[
    request("env.read", ScopeKind::Variable, &["*"]),
    request("filesystem.read", ScopeKind::Path, &["**"]),
    request("filesystem.write", ScopeKind::Path, &["**"]),
];

pub(crate) const fn request(name: &'static str, scope_kind: ScopeKind, scopes: &'static [&'static str]) -> PermissionRequest {
    PermissionRequest { name, scope_kind, scopes, optional: false, reason: "test", location: Location::UNKNOWN }
}

/// The extension point of the tests, written out as `#[extension_point]` would.
pub(crate) trait Greet: Send + Sync + 'static {
    /// Answers, fails or panics as scripted.
    fn greet(&self) -> Result<String, CallError>;
    /// Answers after a while.
    fn wait(&self, millis: u64) -> impl Future<Output = Result<String, CallError>> + Send
    where
        Self: Sized;
}

impl Greet for Actor {
    fn greet(&self) -> Result<String, CallError> {
        assert!(self.0.greet != "panic", "boom in greet");
        Ok(format!("hello from {}", self.0.name))
    }

    async fn wait(&self, millis: u64) -> Result<String, CallError> {
        tokio::time::sleep(Duration::from_millis(millis)).await;
        Ok(self.0.name.clone())
    }
}

/// The shielded form of [`Greet`].
pub(crate) trait GreetShielded: Send + Sync + 'static {
    fn greet(&self) -> Result<Result<String, CallError>, generated::Panicked>;
    fn wait(&self, millis: u64) -> generated::Caught<'_, Result<String, CallError>>;
}

impl<T: Greet> GreetShielded for generated::Shield<T> {
    fn greet(&self) -> Result<Result<String, CallError>, generated::Panicked> {
        generated::catch(std::panic::AssertUnwindSafe(|| self.plugin().greet()))
    }

    fn wait(&self, millis: u64) -> generated::Caught<'_, Result<String, CallError>> {
        generated::Caught::make(move || Box::pin(self.plugin().wait(millis)))
    }
}

/// The guard of [`Greet`].
pub(crate) struct GreetGuard<S: ?Sized = dyn GreetShielded> {
    slot: Arc<generated::Slot>,
    shielded: Arc<S>,
}

impl<S: ?Sized> Clone for GreetGuard<S> {
    fn clone(&self) -> Self {
        Self { slot: Arc::clone(&self.slot), shielded: Arc::clone(&self.shielded) }
    }
}

impl<S: GreetShielded + ?Sized> GreetGuard<S> {
    pub(crate) fn greet(&self) -> Result<String, CallError> {
        self.slot.call::<OutcomeClosed<Result<String, CallError>>>(0, || self.shielded.greet())
    }

    pub(crate) async fn wait(&self, millis: u64) -> Result<String, CallError> {
        self.slot.call_async::<OutcomeClosed<Result<String, CallError>>>(1, || self.shielded.wait(millis)).await
    }
}

impl Greet for GreetGuard {
    fn greet(&self) -> Result<String, CallError> {
        Self::greet(self)
    }

    async fn wait(&self, millis: u64) -> Result<String, CallError> {
        Self::wait(self, millis).await
    }
}

impl ExtensionPoint for dyn Greet {
    const INFO: &'static PointInfo = &PointInfo {
        id: PluginId::new("test.greet"),
        version: version(1, 0),
        on_failure: FailurePolicy::Closed,
        deadline_millis: Some(2_000),
        break_on: BreakOn::Failures,
        after_panic: AfterPanic::Continue,
        mode: None,
        uncounted: &[],
        methods: &[("greet", 1), ("wait", 2)],
    };
    const LAYOUT: &'static PointLayout = &PointLayout {
        info: Self::INFO,
        sdk: SdkFacts::of("keyway", env!("CARGO_PKG_VERSION"), None),
        methods: &[],
        static_only: true,
    };
    type Shielded = dyn GreetShielded;
    type Guard = GreetGuard;

    fn guard(slot: Arc<generated::Slot>, shielded: Arc<dyn GreetShielded>) -> GreetGuard {
        GreetGuard { slot, shielded }
    }

    fn lend(guard: &GreetGuard) -> Arc<dyn GreetShielded> {
        Arc::new(generated::Shield::new(&Arc::new(guard.clone())))
    }
}

impl<T: Greet> generated::Carries<T> for dyn Greet {
    type Concrete = GreetGuard<generated::Shield<T>>;

    fn concrete(slot: Arc<generated::Slot>, plugin: &Arc<T>) -> Self::Concrete {
        GreetGuard { slot, shielded: Arc::new(generated::Shield::new(plugin)) }
    }

    fn shield(plugin: &Arc<T>) -> Arc<dyn GreetShielded> {
        Arc::new(generated::Shield::new(plugin))
    }
}

pub(crate) const fn version(major: u64, minor: u64) -> Version {
    Version { major, minor, patch: 0, pre: "", build: "" }
}

/// A descriptor of a scripted plugin that requires others: `a` for a plugin, `service.a` for a service, `?` behind for optional.
pub(crate) fn descriptor(name: &str, requires: &[&str]) -> Descriptor {
    let requirement = |(index, name): (usize, &&str)| {
        let (name, optional) = name.strip_suffix('?').map_or((*name, false), |name| (name, true));
        let is_service = name.starts_with("service.");
        let id = if is_service { name.to_owned() } else { format!("site.{name}") };
        let line = u32::try_from(index).unwrap() + 7;
        let snippet = format!("\"{id}\" = \"*\"").leak();
        Requirement {
            id: PluginId::new(id.leak()),
            target: if is_service { Target::Service } else { Target::Plugin },
            range: VersionRange::ANY,
            optional,
            reason: "",
            location: Location { file: "plugins/test/plugin.toml", line, column: 1, snippet, width: 3 },
        }
    };
    let mut requires: Vec<_> = requires.iter().enumerate().map(requirement).collect();
    requires.sort_by_key(|requirement| requirement.id);
    Descriptor {
        id: PluginId::new(format!("site.{name}").leak()),
        version: version(1, 2),
        package: "test",
        requires: requires.leak(),
        extensions: &[ExtensionEntry { point: <dyn Greet>::INFO }],
        ..Descriptor::EMPTY
    }
}

/// Lets a plugin provide services.
pub(crate) fn providing(descriptor: Descriptor, services: &[&str]) -> Descriptor {
    let provision = |name: &&str| Provision {
        id: PluginId::new((*name).to_owned().leak()),
        version: version(1, 0),
        exclusive: false,
        location: Location::UNKNOWN,
    };
    Descriptor { provides: services.iter().map(provision).collect::<Vec<_>>().leak(), ..descriptor }
}

/// A table as `host!` would make it, resolved at run time.
pub(crate) fn table(descriptors: Vec<Descriptor>) -> PluginTable {
    table_with(descriptors, Policy::GRANT_REQUESTED)
}

pub(crate) fn table_with(descriptors: Vec<Descriptor>, policy: Policy) -> PluginTable {
    let descriptors: &'static [Descriptor] = descriptors.leak();
    let create = generated::Registration::of::<Actor>().create;
    let registrations: Vec<&'static generated::Registration> = descriptors
        .iter()
        .map(|descriptor| {
            &*Box::leak(Box::new(generated::Registration { descriptor, create: create.clone(), state: None, check_config: None }))
        })
        .collect();
    let plugins: Vec<_> = descriptors.iter().collect();
    let policy: &'static Policy = Box::leak(Box::new(policy));
    let order = resolve_slice(&Graph {
        plugins: &plugins,
        sdk: None,
        available: &[],
        libraries: &[],
        policy,
        policy_file: "",
        lock: None,
    })
    .unwrap();
    let mut levels = vec![0; plugins.len()];
    for (level, indices) in order.levels.iter().enumerate() {
        indices.iter().for_each(|&index| levels[index] = u16::try_from(level).unwrap());
    }
    PluginTable {
        registrations: registrations.leak(),
        order: order.order.iter().map(|&index| u16::try_from(index).unwrap()).collect::<Vec<_>>().leak(),
        levels: levels.leak(),
        policy,
        policy_file: "",
        sdk: None,
        available: &[],
        lock: None,
        panic_abort: false,
        surface: keyway::Surface::NONE,
    }
}

/// One test's plugins: a table, their scripts, and the journal that they write.
pub(crate) struct Play {
    pub(crate) journal: u32,
    table: PluginTable,
    scripts: BTreeMap<String, Vec<(String, String)>>,
}

impl Play {
    /// Begins with plugins of the given names and requirements.
    pub(crate) fn new(plugins: &[(&str, &[&str])]) -> Self {
        Self::of(table(plugins.iter().map(|(name, requires)| descriptor(name, requires)).collect()))
    }

    pub(crate) fn of(table: PluginTable) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        Self { journal: NEXT.fetch_add(1, Ordering::Relaxed), table, scripts: BTreeMap::new() }
    }

    /// Scripts one behaviour of a plugin, for example `script("a", "init", "fail")`.
    pub(crate) fn script(mut self, name: &str, phase: &str, action: &str) -> Self {
        self.scripts.entry(name.to_owned()).or_default().push((phase.to_owned(), action.to_owned()));
        self
    }

    /// A builder with the scripts as its configuration.
    pub(crate) fn builder(&self) -> HostBuilder {
        let mut config = String::new();
        for registration in self.table.registrations {
            let id = registration.descriptor.id.as_str();
            config += &format!("[plugin.\"{id}\"]\njournal = {}\n", self.journal);
            for (phase, action) in self.scripts.get(id.trim_start_matches("site.")).into_iter().flatten() {
                config += &format!("{phase} = {}\n", if phase == "takes" { action.clone() } else { format!("'{action}'") });
            }
        }
        Host::builder(self.table).config(config.parse().unwrap())
    }

    /// What the plugins did so far.
    pub(crate) fn journal(&self) -> Vec<String> {
        JOURNALS.lock().unwrap().get(&self.journal).cloned().unwrap_or_default()
    }

    /// The lines of the journal that begin with a word.
    pub(crate) fn did(&self, what: &str) -> Vec<String> {
        let names = self.journal().into_iter().filter_map(|line| Some(line.strip_prefix(what)?.strip_prefix(' ')?.to_owned()));
        names.collect()
    }

    /// Drops the capabilities that were taken, which keep what is behind them alive.
    pub(crate) fn forget(&self) {
        TAKEN.lock().unwrap().remove(&self.journal);
    }

    /// The capabilities that the plugin with `takes` was given.
    pub(crate) fn taken(&self) -> Taken {
        TAKEN.lock().unwrap()[&self.journal].clone()
    }
}

/// The names of the plugins whose extensions a reader sees.
pub(crate) fn visible(host: &Host) -> Vec<&'static str> {
    host.extensions::<dyn Greet>().iter().map(|extension| extension.id().trim_start_matches("site.")).collect()
}

// By hand, because the workspace does without the derive of serde.
impl<'de> Deserialize<'de> for Script {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ScriptVisitor;
        impl<'de> Visitor<'de> for ScriptVisitor {
            type Value = Script;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("a script")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Script, A::Error> {
                let mut script = Script::default();
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "journal" => script.journal = map.next_value()?,
                        "takes" => script.takes = map.next_value()?,
                        "init" => script.init = map.next_value()?,
                        "start" => script.start = map.next_value()?,
                        "stop" => script.stop = map.next_value()?,
                        "drop" => script.drop = map.next_value()?,
                        "greet" => script.greet = map.next_value()?,
                        _ => return Err(serde::de::Error::unknown_field(&key, &["journal", "init"])),
                    }
                }
                Ok(script)
            }
        }
        deserializer.deserialize_map(ScriptVisitor)
    }
}
