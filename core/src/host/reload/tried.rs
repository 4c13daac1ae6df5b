//! Taking and giving a state outside of a reload, for the tests of a plugin.

use std::sync::Arc;

use super::state::{Reader, Writer};
use crate::host::Host;
use crate::host::member::Live;
use crate::plugin::{Failure, Registration};

impl Host {
    fn stateful(&self, plugin: &str) -> Result<(Arc<Live>, Registration), Failure> {
        let rank = self.inner.rank_of(plugin).ok_or_else(|| Failure::Error(format!("the test has no plugin `{plugin}`")))?;
        let member = &self.inner.members[rank];
        let running = member.status().running.clone().ok_or_else(|| Failure::Error(format!("plugin `{plugin}` does not run")))?;
        Ok((running.instance, member.release().registration.clone()))
    }

    /// What a plugin saves, in a form of its state; in the newest one without `version`.
    pub(crate) fn take_state(&self, plugin: &str, version: Option<u32>) -> Result<String, Failure> {
        let (instance, registration) = self.stateful(plugin)?;
        let newest = registration.state.ok_or_else(|| Failure::Error(format!("plugin `{plugin}` keeps no state")))?.version;
        let mut writer = Writer { bytes: Vec::new(), largest: self.inner.reload.largest_state };
        instance.instance().save_state(version.unwrap_or(newest), &mut writer)?;
        String::from_utf8(writer.bytes).map_err(|error| Failure::Error(error.to_string()))
    }

    /// Gives a plugin a state of a form.
    pub(crate) fn give_state(&self, plugin: &str, version: u32, json: &str) -> Result<(), Failure> {
        let (instance, _) = self.stateful(plugin)?;
        let mut reader = Reader(json.as_bytes());
        instance.instance().restore_state(version, &mut reader)
    }
}
