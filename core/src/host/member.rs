//! One plugin within a host: what it is, in which state, and its running instance.

use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use keyway_manifest::{Descriptor, PluginId};

use super::failure::{Phase, PluginError};
use super::need::Need;
use super::point_table::Held;
use super::release::Release;
use super::reload::History;
use super::state::{State, StateChange, StateMachine};
use super::task::TaskGroup;
use super::tell::tell;
use super::usage::Account;
use crate::context::Shared;
use crate::event::Source;
use crate::guard::{PluginNumber, Slot, mark};
use crate::plugin::Instance;

/// One plugin of a host. Its index in the host's list is its rank in the start order.
pub(super) struct Member {
    id: PluginId,
    /// What it is at this time.
    release: ArcSwap<Release>,
    /// Its start level, which may change when any plugin of the host is reloaded.
    level: AtomicU16,
    pub(super) need: Need,
    /// Whether the operator's configuration keeps it off from the beginning.
    pub(super) is_off: bool,
    /// What threads show while they run its code.
    pub(super) number: Arc<PluginNumber>,
    /// What it has in use, over all its instances.
    pub(super) account: Arc<Account>,
    status: Mutex<Status>,
    history: Mutex<History>,
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
    /// Its name as a publisher.
    pub(super) source: Arc<Source>,
}

impl Member {
    pub(super) fn new(release: Release, level: u16, need: Need, is_off: bool, account: Arc<Account>) -> Self {
        let status = Status {
            machine: StateMachine::new(release.descriptor().id),
            error: None,
            running: None,
            tasks: None,
            init_took: None,
            start_took: None,
            restarts: Vec::new(),
            taken_along_by: None,
        };
        Self {
            id: release.descriptor().id,
            release: ArcSwap::from_pointee(release),
            level: AtomicU16::new(level),
            need,
            is_off,
            number: Arc::new(PluginNumber::take()),
            account,
            status: Mutex::new(status),
            history: Mutex::default(),
        }
    }

    pub(super) const fn id(&self) -> PluginId {
        self.id
    }

    /// What the plugin is at this time.
    pub(super) fn release(&self) -> Arc<Release> {
        self.release.load_full()
    }

    /// Replaces what the plugin is; answers what it was.
    pub(super) fn set_release(&self, release: Arc<Release>) -> Arc<Release> {
        self.release.swap(release)
    }

    pub(super) fn descriptor(&self) -> &'static Descriptor {
        self.release.load().descriptor()
    }

    pub(super) fn level(&self) -> u16 {
        self.level.load(Ordering::Relaxed)
    }

    pub(super) fn set_level(&self, level: u16) {
        self.level.store(level, Ordering::Relaxed);
    }

    pub(super) fn status(&self) -> MutexGuard<'_, Status> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn history(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
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
    pub(super) fn new(member: &Member, descriptor: &'static Descriptor, instance: Box<dyn Instance>) -> Arc<Self> {
        let number = Arc::clone(&member.number);
        Arc::new(Self { descriptor, number, instance: Some(instance) })
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
