//! A plugin's state on its way: written and read as JSON, by the host, whatever the tier of the plugin.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use keyway_manifest::Descriptor;

use super::StatePlan;
use super::fresh::Fresh;
use crate::Error;
use crate::context::ConfigReader;
use crate::guard::{PluginNumber, mark};
use crate::host::failure::{Phase, PluginError, PluginErrorKind};
use crate::host::inner::Inner;
use crate::host::limit::LimitSource;
use crate::host::member::Live;
use crate::plugin::{Failure, Instance};
use crate::state::{StateReader, StateWriter};

/// Takes a state from one instance and gives it to another.
#[derive(Clone)]
pub(super) struct Carried {
    from: Party,
    to: Party,
    version: u32,
    largest: usize,
}

/// One side of a handover.
#[derive(Clone)]
struct Party {
    instance: Arc<Live>,
    descriptor: &'static Descriptor,
    number: Arc<PluginNumber>,
}

impl Carried {
    /// From the instance that serves to a new one; `None` when nothing is to be carried.
    pub(super) fn new(host: &Inner, rank: usize, fresh: &Fresh, plan: StatePlan) -> Option<Self> {
        let version = plan.version()?;
        let member = &host.members[rank];
        let running = member.status().running.clone()?;
        let party = |instance, descriptor| Party { instance, descriptor, number: Arc::clone(&member.number) };
        let from = party(running.instance, member.descriptor());
        let to = party(Arc::clone(&fresh.running.instance), fresh.release.descriptor());
        Some(Self { from, to, version, largest: host.reload.largest_state })
    }

    /// Carries the state once, on a thread of its own, within a limit.
    pub(super) async fn try_out(&self, limit: Duration) -> Result<(), PluginError> {
        let this = self.clone();
        let work = tokio::task::spawn_blocking(move || this.hand_over());
        match tokio::time::timeout(limit, work).await {
            Ok(Ok(answer)) => answer,
            // The runtime is shutting down, or a mistake of the host; nothing was carried.
            Ok(Err(_)) => Err(self.from.failed(Phase::Save, &Failure::Error("the host is ending".to_owned()))),
            Err(_) => {
                let kind = PluginErrorKind::DeadlineExceeded { phase: Phase::Save, limit, set_by: LimitSource::Configuration };
                Err(PluginError::new(self.from.descriptor, kind))
            }
        }
    }

    /// Carries the state, on this thread.
    pub(super) fn hand_over(&self) -> Result<(), PluginError> {
        let mut writer = Writer { bytes: Vec::new(), largest: self.largest };
        self.from.run(Phase::Save, |instance| instance.save_state(self.version, &mut writer))?;
        let mut reader = Reader(&writer.bytes);
        self.to.run(Phase::Restore, |instance| instance.restore_state(self.version, &mut reader))
    }
}

impl Party {
    fn run(&self, phase: Phase, work: impl FnOnce(&dyn Instance) -> Result<(), Failure>) -> Result<(), PluginError> {
        let in_plugin = mark::enter_phase(&self.number, phase.number());
        let answer = work(self.instance.instance());
        drop(in_plugin);
        answer.map_err(|failure| self.failed(phase, &failure))
    }

    fn failed(&self, phase: Phase, failure: &Failure) -> PluginError {
        PluginError::from_failure(self.descriptor, phase, failure)
    }
}

/// Collects a state up to a size.
pub(in crate::host) struct Writer {
    pub(in crate::host) bytes: Vec<u8>,
    pub(in crate::host) largest: usize,
}

impl Write for Writer {
    fn write(&mut self, more: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + more.len() > self.largest {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "too large"));
        }
        self.bytes.extend_from_slice(more);
        Ok(more.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl StateWriter for Writer {
    fn write(&mut self, state: &dyn erased_serde::Serialize) -> Result<(), Error> {
        let largest = self.largest;
        serde_json::to_writer(&mut *self, state).map_err(|error| {
            if error.is_io() {
                return Error::message(format!(
                    "KW0778 the state is larger than the {largest} bytes that are handed over\n  help: keep what is large in `ctx.kv()`, or \
                     raise `largest-state` in `[host.reload]` of the configuration"
                ));
            }
            Error::message(format!("the state cannot be written: {error}"))
        })
    }
}

/// Reads a state.
pub(in crate::host) struct Reader<'b>(pub(in crate::host) &'b [u8]);

impl StateReader for Reader<'_> {
    fn read(&mut self, read: &mut ConfigReader<'_>) -> Result<(), Error> {
        let mut json = serde_json::Deserializer::from_slice(self.0);
        read(&mut <dyn erased_serde::Deserializer<'_>>::erase(&mut json))
            .map_err(|error| Error::message(format!("the state cannot be read: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(state: &impl serde::Serialize, largest: usize) -> Result<Vec<u8>, String> {
        let mut writer = Writer { bytes: Vec::new(), largest };
        match StateWriter::write(&mut writer, state) {
            Ok(()) => Ok(writer.bytes),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn a_state_has_a_largest_size() {
        let state = vec!["x".repeat(10); 3];
        let size = written(&state, 1_000).unwrap().len();
        assert!(written(&state, size).is_ok(), "just as large as it may be");
        assert!(written(&state, size - 1).unwrap_err().starts_with("KW0778 the state is larger than the"));
    }

    #[test]
    fn what_json_cannot_hold_is_told() {
        let by_pair = std::collections::BTreeMap::from([((1, 2), 3)]);
        assert_eq!(written(&by_pair, 1_000).unwrap_err(), "the state cannot be written: key must be a string");
    }
}
