//! Stands in for the store in a build without the feature `data`: there is none, and asking for one says what to do.

use std::sync::Arc;

use keyway_manifest::{EventInfo, PluginId};

use super::{DeadLetter, DurableOptions, Progress};
use crate::Error;
use crate::event::{NotKept, TopicType};
use crate::host::data::DataFolder;
use crate::host::event::subscriber::Subscriber;
use crate::host::failure::Problem;

/// No store.
pub(in crate::host) enum Store {}

/// No subscription.
pub(in crate::host) enum Place {}

impl Store {
    pub(in crate::host) fn open(
        _: &DataFolder,
        _: &[(&'static str, &'static str)],
        _: DurableOptions,
    ) -> Result<Arc<Self>, Problem> {
        let message = "plugins of this host use durable events, and it was built without a database to store them";
        Err(Problem::new("KW0653", message, "add the feature `data` to `keyway` in the Cargo.toml of the host"))
    }

    pub(in crate::host) fn place(&self, _: &str, _: &str) -> Option<Arc<Place>> {
        match *self {}
    }

    pub(in crate::host) async fn dead_letters(&self, _: u32) -> Result<Vec<DeadLetter>, Error> {
        match *self {}
    }

    pub(in crate::host) async fn take_dead_letter(&self, _: i64, _: bool) -> Result<bool, Error> {
        match *self {}
    }

    pub(in crate::host) fn keep(
        &self,
        _: &'static EventInfo,
        _: PluginId,
        _: &dyn erased_serde::Serialize,
    ) -> std::future::Ready<Result<(), NotKept>> {
        match *self {}
    }

    pub(in crate::host) fn close(&self) {
        match *self {}
    }
}

impl Place {
    pub(in crate::host) fn progress(&self) -> &Progress {
        match *self {}
    }
}

/// Delivers nothing.
pub(in crate::host) async fn deliver(_: Arc<Subscriber>, _: TopicType, _: Arc<Store>, place: Arc<Place>) {
    match *place {}
}
