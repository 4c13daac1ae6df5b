//! One plugin within a host: what it is, in which state, and its running instance.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use keyway_manifest::{Descriptor, PluginId};

use super::capability::Grants;
use super::failure::{Phase, PluginError};
use super::library::LibraryInfo;
use super::lineup::Entrant;
use super::need::Need;
use super::point_table::Held;
use super::shed::ShedCalls;
use super::state::{State, StateChange, StateMachine};
use super::task::TaskGroup;
use super::tell::tell;
use super::usage::Account;
use crate::context::Shared;
use crate::guard::{PluginNumber, Slot, Traffic, mark};
use crate::plugin::{Instance, Registration};

/// One plugin of a host. Its index in the host's list is its rank in the start order.
pub(super) struct Member {
    pub(super) descriptor: &'static Descriptor,
    pub(super) registration: Registration,
    pub(super) level: u16,
    /// The library that it comes from; `None` for one that is linked in.
    pub(super) library: Option<Arc<LibraryInfo>>,
    pub(super) need: Need,
    /// Whether the operator's configuration keeps it off from the beginning.
    pub(super) is_off: bool,
    pub(super) grants: Arc<Grants>,
    /// What threads show while they run its code.
    pub(super) number: Arc<PluginNumber>,
    /// What its calls are counted by, over all its instances.
    pub(super) traffic: Arc<Traffic>,
    /// What its limits refused, as far as the operator was not told yet.
    pub(super) shed: ShedCalls,
    /// What it has in use, over all its instances.
    pub(super) account: Arc<Account>,
    status: Mutex<Status>,
}

/// The part of a member that changes.
pub(super) struct Status {
    machine: StateMachine,
    pub(super) error: Option<PluginError>,
    pub(super) running: Option<Running>,
    /// The tasks of the instance, from its `init` on until it has stopped.
    pub(super) tasks: Option<Arc<TaskGroup>>,
    pub(super) init_took: Option<Duration>,
    pub(super) start_took: Option<Duration>,
    /// When it was restarted after a panic, the newest last.
    pub(super) restarts: Vec<Instant>,
    /// The plugin whose disabling took this one along.
    pub(super) taken_along_by: Option<PluginId>,
}

/// What exists only while a plugin runs.
#[derive(Clone)]
pub(super) struct Running {
    pub(super) instance: Arc<Live>,
    pub(super) shared: Arc<Shared>,
    pub(super) extensions: Arc<[Arc<Held>]>,
}

impl Member {
    pub(super) fn new(
        entrant: Entrant,
        need: Need,
        is_off: bool,
        grants: Arc<Grants>,
        traffic: Arc<Traffic>,
        account: Arc<Account>,
    ) -> Self {
        let Entrant { registration, level, library } = entrant;
        let status = Status {
            machine: StateMachine::new(registration.descriptor.id),
            error: None,
            running: None,
            tasks: None,
            init_took: None,
            start_took: None,
            restarts: Vec::new(),
            taken_along_by: None,
        };
        Self {
            descriptor: registration.descriptor,
            registration,
            level,
            library,
            need,
            is_off,
            grants,
            number: Arc::new(PluginNumber::take()),
            traffic,
            shed: ShedCalls::default(),
            account,
            status: Mutex::new(status),
        }
    }

    pub(super) fn status(&self) -> MutexGuard<'_, Status> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn state(&self) -> State {
        self.status().state()
    }

    pub(super) fn is_running(&self) -> bool {
        self.state().is_running()
    }

    /// The slot of the plugin's extension at a point, while it runs.
    pub(super) fn slot(&self, point: PluginId) -> Option<Arc<Slot>> {
        let status = self.status();
        let mut extensions = status.running.as_ref()?.extensions.iter();
        extensions.find(|held| held.erased.info.id == point).map(|held| Arc::clone(&held.slot))
    }
}

impl Status {
    pub(super) const fn state(&self) -> State {
        self.machine.state()
    }

    /// Moves to another state and tells the log; the caller tells the listener once the lock is free.
    pub(super) fn move_to(&mut self, to: State) -> Option<StateChange> {
        match self.machine.move_to(to) {
            Ok(change) => {
                tracing::debug!(target: "keyway::state", plugin = change.plugin.as_str(), from = change.from.as_str(), to = to.as_str());
                Some(change)
            }
            Err(refused) => {
                debug_assert!(false, "{refused}");
                tell!(error, { target: "keyway::state", plugin = refused.plugin.as_str(), } "{refused}");
                None
            }
        }
    }
}

/// An instance whose own `Drop` can do no harm, whoever drops it.
pub(super) struct Live {
    descriptor: &'static Descriptor,
    number: Arc<PluginNumber>,
    instance: Option<Box<dyn Instance>>,
}

impl Live {
    pub(super) fn new(member: &Member, instance: Box<dyn Instance>) -> Arc<Self> {
        let number = Arc::clone(&member.number);
        Arc::new(Self { descriptor: member.descriptor, number, instance: Some(instance) })
    }

    pub(super) fn instance(&self) -> &dyn Instance {
        self.instance.as_deref().expect("the instance is taken out by `dispose` and `drop` only, which own the value")
    }

    /// Drops the plugin's value if this is the last hold on it.
    pub(super) fn dispose(this: Arc<Self>) -> Option<PluginError> {
        Arc::into_inner(this).and_then(|mut live| live.drop_instance())
    }

    fn drop_instance(&mut self) -> Option<PluginError> {
        let instance = self.instance.take()?;
        let in_plugin = mark::enter_phase(&self.number, Phase::Drop.number());
        let failure = instance.dispose().err();
        drop(in_plugin);
        let failure = failure?;
        Some(PluginError::from_failure(self.descriptor, Phase::Drop, &failure))
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        if let Some(error) = self.drop_instance() {
            tell!(error, { plugin = error.plugin(), } "{error}");
        }
    }
}
