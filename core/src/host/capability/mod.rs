//! What does the work behind the capabilities: files, environment variables, log lines, time and
//! randomness. Every use goes through [`Grants::check`].

mod clock;
mod environment;
mod files;
mod grants;
#[cfg(feature = "http-client")]
mod http;
mod log;
#[cfg(feature = "testing")]
mod made_up_http;
mod mount;
mod random;
mod secrets;
mod walk;

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;

#[cfg(feature = "data")]
use keyway_manifest::Descriptor;

use crate::Error;
use crate::capability::{
    ClockSource, EnvironmentSource, FileSystem, HttpClient, LogSink, MemorySource, RandomSource, SecretSource,
};
#[cfg(feature = "data")]
use crate::capability::{DatabaseSource, KeyValueSource};
use crate::context::CapabilitySource;
use crate::event::{Source, TopicType};
use crate::host::PointTable;
use crate::host::audit::Audit;
use crate::host::capability_settings::HttpSettings;
use crate::host::data::DataFolder;
#[cfg(feature = "data")]
use crate::host::data::{ScopedKeys, ScopedTables, Store, Stores};
use crate::host::event::Bus;
use crate::host::task::TaskGroup;
use crate::host::usage::Account;
use crate::native::Erased;
use crate::task::TaskSource;
#[cfg(feature = "testing")]
use crate::testing::SeededRandom;

pub(super) use files::ScopedFiles;
pub use grants::Denials;
pub(super) use grants::Grants;
#[cfg(feature = "testing")]
pub(crate) use made_up_http::Responder;
pub(super) use mount::Mounts;
pub(super) use secrets::SecretStore;

/// What all plugins of a host share.
pub(super) struct World {
    pub(super) mounts: Mounts,
    /// Variables that stand in for the process's own; for tests.
    pub(super) variables: BTreeMap<String, String>,
    /// Where the host keeps what is to outlive it.
    pub(super) data: Arc<DataFolder>,
    /// Where it is written down who was refused what.
    pub(super) audit: Arc<Audit>,
    /// What connects to other hosts.
    #[cfg(feature = "http-client")]
    pub(super) http: Arc<http::Connector>,
    /// What requests are bounded by.
    #[cfg_attr(not(feature = "http-client"), expect(dead_code, reason = "only the client asks"))]
    pub(super) http_settings: HttpSettings,
    /// Where secrets are.
    pub(super) secrets: SecretStore,
    /// What plugins keep there.
    #[cfg(feature = "data")]
    pub(super) stores: Stores,
    /// What plugins and the host take the time of day from.
    pub(super) clock: Arc<dyn ClockSource>,
    /// Makes the plugins' randomness the same in each run; for tests.
    #[cfg(feature = "testing")]
    pub(super) seed: Option<u64>,
    /// Answers requests in place of the network; for tests.
    #[cfg(feature = "testing")]
    pub(super) responder: Option<Responder>,
    pub(super) log: Arc<dyn LogSink>,
}

impl World {
    /// The world as it is, without mounted folders and without a data folder.
    pub(super) fn new() -> Self {
        let data = Arc::new(DataFolder::new(None));
        let clock: Arc<dyn ClockSource> = Arc::new(clock::SystemClock::new());
        Self {
            mounts: Mounts::default(),
            variables: BTreeMap::new(),
            #[cfg(feature = "http-client")]
            http: Arc::default(),
            http_settings: HttpSettings::default(),
            secrets: SecretStore::default(),
            audit: Arc::new(Audit::new(&data, None, &clock)),
            data,
            clock,
            #[cfg(feature = "data")]
            stores: Stores::default(),
            #[cfg(feature = "testing")]
            seed: None,
            #[cfg(feature = "testing")]
            responder: None,
            log: Arc::new(log::TracingLog),
        }
    }
}

#[cfg(feature = "data")]
impl World {
    /// What a plugin keeps; an error when there is no folder for it.
    fn store(&self, descriptor: &'static Descriptor, account: &Arc<Account>) -> Result<Arc<Store>, Error> {
        self.data.require_named()?;
        Ok(self.stores.of(descriptor, &self.data, &self.clock, account))
    }
}

/// The capabilities of one plugin.
pub(super) struct Capabilities {
    pub(super) grants: Arc<Grants>,
    pub(super) world: Arc<World>,
    pub(super) points: Arc<PointTable>,
    pub(super) bus: Arc<Bus>,
    /// The plugin as a publisher of events.
    pub(super) source: Arc<Source>,
    /// Where its use is booked.
    pub(super) account: Arc<Account>,
    /// What runs its tasks.
    pub(super) tasks: Arc<TaskGroup>,
}

impl Capabilities {
    #[cfg(feature = "http-client")]
    fn real_http(&self) -> Result<Arc<dyn HttpClient>, Error> {
        let limits = self.world.http_settings.of(self.grants.descriptor().id.as_str());
        Ok(Arc::new(http::ScopedHttp { grants: Arc::clone(&self.grants), connector: Arc::clone(&self.world.http), limits }))
    }

    #[cfg(not(feature = "http-client"))]
    fn real_http(&self) -> Result<Arc<dyn HttpClient>, Error> {
        Err(Error::message(
            "KW0678 this host was built without the feature `http-client` of `keyway`, so it sends no requests\n  help: add \
             `keyway/http-client` to the feature of the host that enables this plugin, in its Cargo.toml: \
             `guestbook = [\"dep:…\", \"keyway/http-client\"]`",
        ))
    }
}

impl CapabilitySource for Capabilities {
    fn files(&self, writable: bool) -> Result<Arc<dyn FileSystem>, Error> {
        self.grants.require(if writable { "filesystem.write" } else { "filesystem.read" })?;
        let (grants, world, account) = (Arc::clone(&self.grants), Arc::clone(&self.world), Arc::clone(&self.account));
        Ok(Arc::new(ScopedFiles::new(grants, world, account)))
    }

    fn environment(&self) -> Result<Arc<dyn EnvironmentSource>, Error> {
        self.grants.require("env.read")?;
        Ok(Arc::new(environment::ScopedEnvironment::new(Arc::clone(&self.grants), Arc::clone(&self.world))))
    }

    fn http(&self) -> Result<Arc<dyn HttpClient>, Error> {
        self.grants.require("network.client")?;
        #[cfg(feature = "testing")]
        if let Some(responder) = self.world.responder.clone() {
            return Ok(Arc::new(made_up_http::MadeUpHttp { grants: Arc::clone(&self.grants), responder }));
        }
        self.real_http()
    }

    fn secrets(&self) -> Result<Arc<dyn SecretSource>, Error> {
        self.grants.require("secrets.read")?;
        Ok(Arc::new(secrets::ScopedSecrets::new(Arc::clone(&self.grants), Arc::clone(&self.world))))
    }

    #[cfg(feature = "data")]
    fn key_values(&self) -> Result<Arc<dyn KeyValueSource>, Error> {
        self.grants.require("storage.keys")?;
        let store = self.world.store(self.grants.descriptor(), &self.account)?;
        Ok(Arc::new(ScopedKeys::new(Arc::clone(&self.grants), store)))
    }

    #[cfg(feature = "data")]
    fn database(&self, writable: bool) -> Result<Arc<dyn DatabaseSource>, Error> {
        self.grants.require(if writable { "database.write" } else { "database.read" })?;
        let store = self.world.store(self.grants.descriptor(), &self.account)?;
        Ok(Arc::new(ScopedTables::new(Arc::clone(&self.grants), store)))
    }

    fn log_sink(&self) -> Arc<dyn LogSink> {
        Arc::clone(&self.world.log)
    }

    fn clock(&self) -> Arc<dyn ClockSource> {
        Arc::clone(&self.world.clock)
    }

    fn random(&self) -> Arc<dyn RandomSource> {
        #[cfg(feature = "testing")]
        if let Some(seed) = self.world.seed {
            return Arc::new(SeededRandom::new(seed, self.grants.descriptor().id.as_str()));
        }
        Arc::new(random::SystemRandom)
    }

    fn tasks(&self) -> Arc<dyn TaskSource> {
        let tasks: Arc<TaskGroup> = Arc::clone(&self.tasks);
        tasks
    }

    fn memory(&self) -> Arc<dyn MemorySource> {
        let account: Arc<Account> = Arc::clone(&self.account);
        account
    }

    fn topic(&self, event: TopicType) -> Result<(Erased, Arc<Source>), Error> {
        self.grants.check("events.publish", event.info.topic.as_str())?;
        Ok((self.bus.topic(event)?, Arc::clone(&self.source)))
    }

    fn points(&self) -> Option<Arc<dyn Any + Send + Sync>> {
        let points: Arc<PointTable> = Arc::clone(&self.points);
        Some(points)
    }
}
