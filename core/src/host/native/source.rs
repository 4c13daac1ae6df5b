//! The capabilities of a plugin in a library: those that any plugin has, and ways to points and topics that lead from its image to the
//! host's.
//!
//! All but those two are handed out as they are. They are trait objects of the host, so what they do is done in the host's image, and what
//! passes are types whose layout the gate has compared.

use std::any::{Any, TypeId};
use std::sync::Arc;

use keyway_manifest::{PluginId, PointInfo};

use super::known::Known;
use super::remote::Terms;
use super::translate::Gated;
use crate::Error;
use crate::capability::{
    ClockSource, DatabaseSource, EnvironmentSource, FileSystem, HttpClient, KeyValueSource, LogSink, MemorySource, RandomSource,
    SecretSource,
};
use crate::context::CapabilitySource;
use crate::event::{Source, TopicType};
use crate::host::PointTable;
use crate::link::RemotePoint;
use crate::native::Erased;
use crate::task::TaskSource;

/// The capabilities of one plugin in a library.
pub(in crate::host) struct NativeSource {
    host: Arc<dyn CapabilitySource>,
    gated: Arc<Gated>,
}

impl NativeSource {
    /// Puts itself between the library and what the host has made for its plugin.
    pub(in crate::host) fn between(host: Arc<dyn CapabilitySource>, gated: Arc<Gated>) -> Arc<dyn CapabilitySource> {
        Arc::new(Self { host, gated })
    }
}

impl CapabilitySource for NativeSource {
    fn files(&self, writable: bool) -> Result<Arc<dyn FileSystem>, Error> {
        self.host.files(writable)
    }

    fn environment(&self) -> Result<Arc<dyn EnvironmentSource>, Error> {
        self.host.environment()
    }

    fn key_values(&self) -> Result<Arc<dyn KeyValueSource>, Error> {
        self.host.key_values()
    }

    fn database(&self, writable: bool) -> Result<Arc<dyn DatabaseSource>, Error> {
        self.host.database(writable)
    }

    fn http(&self) -> Result<Arc<dyn HttpClient>, Error> {
        self.host.http()
    }

    fn secrets(&self) -> Result<Arc<dyn SecretSource>, Error> {
        self.host.secrets()
    }

    fn log_sink(&self) -> Arc<dyn LogSink> {
        self.host.log_sink()
    }

    fn clock(&self) -> Arc<dyn ClockSource> {
        self.host.clock()
    }

    fn random(&self) -> Arc<dyn RandomSource> {
        self.host.random()
    }

    fn tasks(&self) -> Arc<dyn TaskSource> {
        self.host.tasks()
    }

    fn memory(&self) -> Arc<dyn MemorySource> {
        self.host.memory()
    }

    fn topic(&self, event: TopicType) -> Result<(Erased, Arc<Source>), Error> {
        let known = self.gated.event(event.info.topic).ok_or_else(|| not_compared("topic", event.info.topic))?;
        let (topic, source) = self.host.topic(known)?;
        Ok((self.gated.lend_topic(known, topic, &event), source))
    }

    fn remote_point(&self, point: &'static PointInfo, shielded: TypeId) -> Result<Option<Arc<dyn RemotePoint>>, Error> {
        let known = Known::of_program().point(point.id).filter(|_| self.gated.calls(point.id));
        let known = known.ok_or_else(|| not_compared("point", point.id))?;
        let table = self.host.points().and_then(|table| table.downcast::<PointTable>().ok());
        let table = table.ok_or_else(|| Error::message("this host shows plugins no extensions of others"))?;
        let terms = Terms { gated: Arc::clone(&self.gated), shielded, tasks: self.host.tasks() };
        (known.remote)(&table, terms).map(Some)
    }

    /// The host's own table is of no use to another image.
    fn points(&self) -> Option<Arc<dyn Any + Send + Sync>> {
        None
    }
}

/// The derive lists what a plugin uses, and the gate refuses a library that uses what this program does not know.
pub(super) fn not_compared(kind: &str, id: PluginId) -> Error {
    Error::message(format!(
        "KW0769 the library uses the {kind} `{id}`, and its record does not say so, so that it was not compared whether both mean the \
         same by it\n  help: let `#[derive(Plugin)]` make the plugin, and build it anew"
    ))
}
