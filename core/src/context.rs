//! What the host hands to a plugin: its capabilities and its identity.

use std::any::{Any, TypeId};
use std::fmt;
use std::marker::PhantomData;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use keyway_manifest::{Descriptor, PointInfo};

use crate::capability::{
    Clock, ClockSource, Database, DatabaseMut, DatabaseSource, Environment, EnvironmentSource, FileSystem, Files, FilesMut, Http,
    HttpClient, KeyValue, KeyValueSource, LogSink, Logger, MemorySource, Random, RandomSource, SecretSource, Secrets,
};
use crate::event::{Event, Publisher, Publishes, Source, TopicType};
use crate::guard::catch;
use crate::hook::{Asks, HookPoint};
use crate::native::Erased;
use crate::permission::{self, assert_declared};
use crate::plugin::Failure;
use crate::task::{SpawnError, Task, TaskSource, Tasks};
use crate::{Error, ExtensionPoint, Hook, Plugin, Service, Uses};

#[doc(hidden)]
pub use crate::link::{Lent, RemotePoint};

/// The host as the plugin `P` sees it.
///
/// Each method that hands out a capability is bounded by the trait of its permission, so that it only compiles for plugins whose
/// manifest asks for that permission. It fails at run time when the host's policy left nothing of an optional permission.
///
/// A context is lent to `init` and `start`; the capabilities taken from it are handles that may be kept.
pub struct Context<P> {
    shared: Arc<Shared>,
    plugin: PhantomData<fn() -> P>,
}

/// What a host gives to make contexts: one for each plugin.
#[keyway::boundary]
pub trait CapabilitySource: Send + Sync {
    /// The files that the plugin may use; `writable` when it asked for `filesystem.write`.
    ///
    /// # Errors
    /// When nothing was granted.
    fn files(&self, writable: bool) -> Result<Arc<dyn FileSystem>, Error>;

    /// The environment variables that the plugin may read.
    ///
    /// # Errors
    /// When nothing was granted.
    fn environment(&self) -> Result<Arc<dyn EnvironmentSource>, Error>;

    /// The key-value storage of the plugin.
    ///
    /// # Errors
    /// When nothing was granted, and from a host that keeps nothing.
    fn key_values(&self) -> Result<Arc<dyn KeyValueSource>, Error> {
        Err(nothing_kept())
    }

    /// The tables of the plugin; `writable` when it asked for `database.write`.
    ///
    /// # Errors
    /// When nothing was granted, and from a host that keeps nothing.
    fn database(&self, writable: bool) -> Result<Arc<dyn DatabaseSource>, Error> {
        let _ = writable;
        Err(nothing_kept())
    }

    /// Sends requests to the origins that the plugin may use.
    ///
    /// # Errors
    /// When nothing was granted, and from a host that was built without a client.
    fn http(&self) -> Result<Arc<dyn HttpClient>, Error>;

    /// The secrets that the plugin may read.
    ///
    /// # Errors
    /// When nothing was granted.
    fn secrets(&self) -> Result<Arc<dyn SecretSource>, Error>;

    /// Where the plugin's log lines go.
    fn log_sink(&self) -> Arc<dyn LogSink>;

    /// Where the plugin gets the time from.
    fn clock(&self) -> Arc<dyn ClockSource>;

    /// Where the plugin gets randomness from.
    fn random(&self) -> Arc<dyn RandomSource>;

    /// What runs the plugin's tasks.
    fn tasks(&self) -> Arc<dyn TaskSource>;

    /// Where the plugin's use of memory is booked.
    fn memory(&self) -> Arc<dyn MemorySource>;

    /// An `Arc` of the [`Topic`](crate::event::Topic) of an event that the plugin may publish, and its name as a publisher.
    ///
    /// # Errors
    /// When the topic was not granted, when it stands for another type, and from a host without events.
    fn topic(&self, event: TopicType) -> Result<(Erased, Arc<Source>), Error> {
        Err(Error::message(format!("this host has no events, so nothing is published on `{}`", event.info.topic)))
    }

    /// The way to the extensions of a point, for a plugin in a library; `None` for a plugin of the host's own image, which goes by
    /// [`points`](Self::points). `shielded` is what the library calls the type of `Arc<P::Shielded>`.
    ///
    /// # Errors
    /// When another trait claims the point's id, and when the host does not know the point.
    #[doc(hidden)]
    fn remote_point(&self, point: &'static PointInfo, shielded: TypeId) -> Result<Option<Arc<dyn RemotePoint>>, Error> {
        let _ = (point, shielded);
        Ok(None)
    }

    /// Where the host finds services and hooks, of a type of its own; `None` when it has none.
    fn points(&self) -> Option<Arc<dyn Any + Send + Sync>> {
        None
    }
}

/// A host without what keeps things.
pub(crate) fn nothing_kept() -> Error {
    Error::message(
        "KW0680 the host cannot keep anything: its program was built without the feature `data` of `keyway`\n  help: add `keyway/data` to \
         the feature of the host that enables this plugin, in its Cargo.toml: `guestbook = [\"dep:…\", \"keyway/data\"]`",
    )
}

/// Where a plugin's configuration comes from.
#[keyway::boundary]
pub trait ConfigSource: Send {
    /// Lends a deserializer to `read`, and puts the place of a mistake in front of its message.
    ///
    /// # Errors
    /// What `read` answered.
    fn deserialize(&mut self, read: &mut ConfigReader<'_>) -> Result<(), Error>;
}

/// Reads one configuration out of a deserializer.
pub type ConfigReader<'r> = dyn FnMut(&mut dyn erased_serde::Deserializer<'_>) -> Result<(), erased_serde::Error> + 'r;

/// The permissions behind which a [`Context`] keeps a capability, with the bit that tells whether it was taken.
const CAPABILITIES: [(&str, u32); 9] = [
    ("filesystem.read", 1),
    ("filesystem.write", 2),
    ("env.read", 4),
    ("events.publish", 8),
    ("storage.keys", 16),
    ("database.read", 32),
    ("database.write", 64),
    ("secrets.read", 128),
    ("network.client", 256),
];

/// The part of a context that the host keeps hold of.
#[derive(keyway::Boundary)]
pub struct Shared {
    descriptor: &'static Descriptor,
    source: Arc<dyn CapabilitySource>,
    /// Shared with whatever stands in for the context: the host asks for it.
    taken: Arc<AtomicU32>,
}

impl Shared {
    /// Makes the shared part for one plugin.
    #[must_use]
    pub fn new(descriptor: &'static Descriptor, source: Arc<dyn CapabilitySource>) -> Arc<Self> {
        Arc::new(Self { descriptor, source, taken: Arc::default() })
    }

    /// The permissions that the manifest asks for without `optional`, that a context hands out, and that nobody took so far.
    #[must_use]
    pub fn untaken(&self) -> Vec<&'static str> {
        let taken = self.taken.load(Ordering::Relaxed);
        let requests = self.descriptor.permissions.iter().filter(|request| !request.optional);
        requests
            .filter(|request| CAPABILITIES.iter().any(|(name, bit)| *name == request.name && taken & bit == 0))
            .map(|request| request.name)
            .collect()
    }

    fn take(&self, permission: &str) {
        if let Some((_, bit)) = CAPABILITIES.iter().find(|(name, _)| *name == permission) {
            self.taken.fetch_or(*bit, Ordering::Relaxed);
        }
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Shared").field("plugin", &self.descriptor.id).finish_non_exhaustive()
    }
}

/// What the host passes to a plugin's factory: a context that has no plugin type yet, and the configuration.
#[derive(keyway::Boundary)]
pub struct Seed {
    shared: Arc<Shared>,
    config: Box<dyn ConfigSource>,
}

impl Seed {
    /// Puts a seed together.
    #[must_use]
    pub fn new(shared: Arc<Shared>, config: Box<dyn ConfigSource>) -> Self {
        Self { shared, config }
    }

    /// The same seed with something between the plugin and what the host has made for it.
    #[cfg(feature = "native")]
    pub(crate) fn through(self, between: impl FnOnce(Arc<dyn CapabilitySource>) -> Arc<dyn CapabilitySource>) -> Self {
        let Shared { descriptor, source, taken } = &*self.shared;
        let shared = Shared { descriptor, source: between(Arc::clone(source)), taken: Arc::clone(taken) };
        Self { shared: Arc::new(shared), ..self }
    }

    /// Gives the context its plugin type and reads the configuration.
    pub(crate) fn open<P: Plugin>(self) -> Result<(Context<P>, P::Config), Failure> {
        let Self { shared, mut config } = self;
        let config = read(&mut *config)?;
        Ok((Context { shared, plugin: PhantomData }, config))
    }
}

/// Reads a configuration. Plugins that share a type of configuration, as those without any, share this code.
#[inline(never)]
fn read<C: serde::de::DeserializeOwned>(source: &mut dyn ConfigSource) -> Result<C, Failure> {
    let mut config = None;
    let mut panicked = None;
    let answer = source.deserialize(&mut |deserializer| {
        // Caught here, and not behind the host's code that calls this.
        match catch(AssertUnwindSafe(|| erased_serde::deserialize(deserializer))) {
            Ok(read) => config = Some(read?),
            Err(panic) => panicked = Some(panic),
        }
        Ok(())
    });
    match (panicked, answer, config) {
        (Some(panic), ..) => Err(Failure::Panicked(panic)),
        (None, Ok(()), Some(config)) => Ok(config),
        (None, Ok(()), None) => Err(Failure::Config("the host read no configuration".to_owned())),
        (None, Err(error), _) => Err(Failure::Config(error.to_string())),
    }
}

/// Reads a configuration as a plugin would be given it, and drops it again; panics of either are caught on the plugin's side.
pub(crate) fn check_config<C: serde::de::DeserializeOwned>(mut source: Box<dyn ConfigSource>) -> Result<(), Failure> {
    let config: C = read(&mut *source)?;
    catch(AssertUnwindSafe(|| drop(config))).map_err(Failure::Panicked)
}

impl fmt::Debug for Seed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Seed").field("shared", &self.shared).finish_non_exhaustive()
    }
}

/// Refuses, while the calling code is compiled, a service that the manifest does not require.
const fn assert_used<P: Plugin, S: ExtensionPoint + ?Sized>() {
    if let Some(problem) = keyway_manifest::use_problem(P::DESCRIPTOR, S::INFO) {
        panic!("{}", problem.as_str());
    }
}

impl<P: Plugin> Context<P> {
    /// The plugin's own manifest as `const` data.
    #[must_use]
    pub fn descriptor(&self) -> &'static Descriptor {
        self.shared.descriptor
    }

    /// A logger whose lines carry the plugin's id.
    #[must_use]
    pub fn log(&self) -> Logger {
        Logger::new(self.shared.descriptor.id, self.shared.source.log_sink())
    }

    /// The time of day and the time that has gone by. No permission is needed; a test can set it.
    #[must_use]
    pub fn clock(&self) -> Clock {
        Clock::new(self.shared.source.clock())
    }

    /// Random bytes and numbers, fit for keys and tokens. No permission is needed; a test can seed it.
    #[must_use]
    pub fn random(&self) -> Random {
        Random::new(self.shared.source.random())
    }

    /// What runs tasks beside the plugin's calls, and waits. Keep it where tasks are to begin after `init`.
    #[must_use]
    pub fn tasks(&self) -> Tasks {
        Tasks::new(self.shared.source.tasks())
    }

    /// Runs work beside the plugin's calls until it ends or the plugin stops; short for [`Tasks::spawn`].
    ///
    /// # Errors
    /// When the plugin has as many tasks as it may have (KW0661).
    pub fn spawn<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> Result<Task<T>, SpawnError> {
        self.tasks().spawn(work)
    }

    /// Waits so long, for a plugin without a runtime of its own; short for [`Tasks::sleep`].
    pub async fn sleep(&self, duration: Duration) {
        self.shared.source.tasks().sleep(duration).await;
    }

    /// Memory that is booked with the host and given back all at once: see [`Arena`](crate::capability::Arena).
    #[cfg(feature = "arena")]
    #[must_use]
    pub fn arena(&self) -> crate::capability::Arena {
        crate::capability::Arena::new(self.shared.source.memory())
    }

    /// The files that `filesystem.read` grants.
    ///
    /// # Errors
    /// When the permission is optional and the host's policy denies it.
    pub fn files(&self) -> Result<Files, Error>
    where
        P: permission::FilesystemRead,
    {
        const { assert_declared::<P>("filesystem.read") };
        self.shared.take("filesystem.read");
        self.shared.source.files(false).map(Files::new)
    }

    /// The files that `filesystem.write` grants, to create, change and delete.
    ///
    /// # Errors
    /// When the permission is optional and the host's policy denies it.
    pub fn files_mut(&self) -> Result<FilesMut, Error>
    where
        P: permission::FilesystemWrite,
    {
        const { assert_declared::<P>("filesystem.write") };
        self.shared.take("filesystem.write");
        self.shared.source.files(true).map(FilesMut::new)
    }

    /// The environment variables that `env.read` grants.
    ///
    /// # Errors
    /// When the permission is optional and the host's policy denies it.
    pub fn environment(&self) -> Result<Environment, Error>
    where
        P: permission::EnvRead,
    {
        const { assert_declared::<P>("env.read") };
        self.shared.take("env.read");
        self.shared.source.environment().map(Environment::new)
    }

    /// The plugin's own key-value storage, within the keys that `storage.keys` grants.
    ///
    /// # Errors
    /// When the permission is optional and the host's policy denies it, and when the host has no data folder.
    pub fn kv(&self) -> Result<KeyValue, Error>
    where
        P: permission::StorageKeys,
    {
        const { assert_declared::<P>("storage.keys") };
        self.shared.take("storage.keys");
        self.shared.source.key_values().map(KeyValue::new)
    }

    /// The plugin's own tables, to read those that `database.read` grants.
    ///
    /// # Errors
    /// When the permission is optional and the host's policy denies it, and when the host has no data folder.
    pub fn database(&self) -> Result<Database, Error>
    where
        P: permission::DatabaseRead,
    {
        const { assert_declared::<P>("database.read") };
        self.shared.take("database.read");
        self.shared.source.database(false).map(Database::new)
    }

    /// The plugin's own tables, to define and change those that `database.write` grants.
    ///
    /// # Errors
    /// When the permission is optional and the host's policy denies it, and when the host has no data folder.
    pub fn database_mut(&self) -> Result<DatabaseMut, Error>
    where
        P: permission::DatabaseWrite,
    {
        const { assert_declared::<P>("database.write") };
        self.shared.take("database.write");
        self.shared.source.database(true).map(DatabaseMut::new)
    }

    /// Requests to the origins that `network.client` grants.
    ///
    /// # Errors
    /// When the permission is optional and the host's policy denies it, and when the host was built without the feature `http-client`.
    pub fn http(&self) -> Result<Http, Error>
    where
        P: permission::NetworkClient,
    {
        const { assert_declared::<P>("network.client") };
        self.shared.take("network.client");
        self.shared.source.http().map(Http::new)
    }

    /// The secrets that `secrets.read` grants.
    ///
    /// # Errors
    /// When the permission is optional and the host's policy denies it.
    pub fn secrets(&self) -> Result<Secrets, Error>
    where
        P: permission::SecretsRead,
    {
        const { assert_declared::<P>("secrets.read") };
        self.shared.take("secrets.read");
        self.shared.source.secrets().map(Secrets::new)
    }

    /// Publishes events of the type `E`, which the attribute lists: `#[plugin(publishes(E))]`. Keep the handle.
    ///
    /// # Errors
    /// When the host's policy denies the topic, as may happen to an optional permission.
    pub fn publisher<E: Event>(&self) -> Result<Publisher<E>, Error>
    where
        P: permission::EventsPublish + Publishes<E>,
    {
        const { assert_declared::<P>("events.publish") };
        self.shared.take("events.publish");
        let (topic, source) = self.shared.source.topic(TopicType::of::<E>())?;
        Publisher::of_topic(&topic, source)
    }

    /// A handle to a service that another plugin provides: `ctx.service::<dyn Storage>()`. Keep it; it stays valid while the provider
    /// is switched off and on.
    ///
    /// In `init` it can be called already, because providers start first. Whether a provider runs is asked by [`Service::get`]: here
    /// it is no error, so that a plugin can be tested alone.
    ///
    /// # Errors
    /// When another trait of this build claims the id of the service.
    pub fn service<S>(&self) -> Result<Service<S>, Error>
    where
        P: Uses<S>,
        S: ExtensionPoint + ?Sized + 'static,
    {
        const { assert_used::<P, S>() };
        Service::find(self.shared.descriptor, &*self.shared.source)
    }

    /// Like [`service`](Self::service), for a requirement with `optional = true`: `None` when no plugin of the build provides it.
    ///
    /// # Errors
    /// When another trait of this build claims the id of the service.
    pub fn service_if_present<S>(&self) -> Result<Option<Service<S>>, Error>
    where
        P: Uses<S>,
        S: ExtensionPoint + ?Sized + 'static,
    {
        self.service().map(|service| Some(service).filter(Service::is_known))
    }

    /// A handle to a hook whose plugins this one asks, as the host does with its own hooks: `ctx.hook::<dyn BeforeDelete>()`. Keep it;
    /// each time it asks the plugins that run at that moment.
    ///
    /// The plugins of a hook are found once all of them have started: asked in `init` or `start`, while the host starts, a hook has
    /// none, and neither has it in `stop`, when the host stops.
    ///
    /// # Errors
    /// When another trait of this build claims the id of the hook.
    pub fn hook<H>(&self) -> Result<Hook<H>, Error>
    where
        P: Asks<H>,
        H: HookPoint + ?Sized + 'static,
    {
        Hook::find(self.shared.descriptor, &*self.shared.source)
    }
}

impl<P> fmt::Debug for Context<P> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Context").field("plugin", &self.shared.descriptor.id).finish_non_exhaustive()
    }
}
