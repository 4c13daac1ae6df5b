//! What does the work behind the capabilities: files, environment variables, log lines. Every use goes through [`Grants::check`].

mod environment;
mod files;
mod grants;
mod log;
mod mount;
mod walk;

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::Error;
use crate::capability::{EnvironmentSource, FileSystem, LogSink};
use crate::context::CapabilitySource;
use crate::event::{Source, Topic, TopicType};
use crate::host::PointTable;
use crate::host::data::DataFolder;
use crate::host::event::Bus;

pub(super) use files::ScopedFiles;
pub use grants::Denials;
pub(super) use grants::Grants;
pub(super) use mount::Mounts;

/// What all plugins of a host share.
pub(super) struct World {
    pub(super) mounts: Mounts,
    /// Variables that stand in for the process's own; for tests.
    pub(super) variables: BTreeMap<String, String>,
    /// Where the host keeps what is to outlive it.
    pub(super) data: DataFolder,
    log: Arc<dyn LogSink>,
}

impl World {
    pub(super) fn new(mounts: Mounts, variables: BTreeMap<String, String>, data: DataFolder) -> Arc<Self> {
        Arc::new(Self { mounts, variables, data, log: Arc::new(log::TracingLog) })
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
}

impl CapabilitySource for Capabilities {
    fn files(&self, writable: bool) -> Result<Arc<dyn FileSystem>, Error> {
        self.grants.require(if writable { "filesystem.write" } else { "filesystem.read" })?;
        Ok(Arc::new(ScopedFiles::new(Arc::clone(&self.grants), Arc::clone(&self.world))))
    }

    fn environment(&self) -> Result<Arc<dyn EnvironmentSource>, Error> {
        self.grants.require("env.read")?;
        Ok(Arc::new(environment::ScopedEnvironment::new(Arc::clone(&self.grants), Arc::clone(&self.world))))
    }

    fn log_sink(&self) -> Arc<dyn LogSink> {
        Arc::clone(&self.world.log)
    }

    fn topic(&self, event: TopicType) -> Result<(Arc<Topic>, Arc<Source>), Error> {
        self.grants.check("events.publish", event.info.topic.as_str())?;
        Ok((self.bus.topic(event)?, Arc::clone(&self.source)))
    }

    fn points(&self) -> Option<Arc<dyn Any + Send + Sync>> {
        let points: Arc<PointTable> = Arc::clone(&self.points);
        Some(points)
    }
}
