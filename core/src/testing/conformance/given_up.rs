//! A plugin whose host gives up the start, because another plugin fails after it.

use std::any::Any;
use std::sync::Arc;

use keyway_manifest::{Descriptor, Location, OrderHint, PluginId};

use super::run::Run;
use super::{Conformance, Examined};
use crate::plugin::{BoxFuture, Create, Creation, Extension, Failure, Instance, Registration};
use crate::state::{StateReader, StateWriter};
use crate::testing::folder::Folder;

pub(super) async fn examine(kit: &Conformance, examined: &mut Examined) {
    let host = kit.test_host(&Arc::new(Folder::new())).registration(last_to_fail(kit.plugin));
    if let Err(error) = Run::try_begin(kit, host).await {
        for error in error.failures().chain(error.stopped().errors()).filter(|error| error.plugin() == kit.plugin.id.as_str()) {
            let help = "mend its `stop`: it is called too when the host gives up the start";
            examined.found("start, then another plugin fails in its `start`", error.to_string(), help);
        }
    }
}

/// A plugin that starts after another one, and fails.
fn last_to_fail(plugin: &'static Descriptor) -> Registration {
    let after = OrderHint { id: plugin.id, location: Location::UNKNOWN };
    // Descriptors are static everywhere else; this one lives as long as the test program.
    let descriptor = Box::leak(Box::new(Descriptor {
        id: PluginId::new("keyway.last-to-fail"),
        after: vec![after].leak(),
        ..Descriptor::EMPTY
    }));
    let create = |_| -> Creation { Box::pin(async { Ok(Box::new(LastToFail) as Box<dyn Instance>) }) };
    Registration { descriptor, create: Create::Linked(create), state: None, check_config: None }
}

struct LastToFail;

impl Instance for LastToFail {
    fn start(&self) -> BoxFuture<'_, Result<(), Failure>> {
        Box::pin(async { Err(Failure::Error("the conformance kit gives up the start".to_owned())) })
    }

    fn stop(&self) -> BoxFuture<'_, Result<(), Failure>> {
        Box::pin(async { Ok(()) })
    }

    fn extensions(&self) -> Vec<Extension> {
        Vec::new()
    }

    fn save_state(&self, version: u32, _to: &mut dyn StateWriter) -> Result<(), Failure> {
        Err(Failure::Error(crate::state::no_such_version(version).to_string()))
    }

    fn restore_state(&self, version: u32, _from: &mut dyn StateReader) -> Result<(), Failure> {
        Err(Failure::Error(crate::state::no_such_version(version).to_string()))
    }

    fn concrete(&self) -> Box<dyn Any + Send + Sync> {
        Box::new(())
    }

    fn dispose(self: Box<Self>) -> Result<(), Failure> {
        Ok(())
    }
}
