//! Switching plugins off and on while the host runs.

use std::collections::BTreeSet;
use std::fmt;

use keyway_manifest::{PluginId, Requirement};
use tokio::sync::OwnedMutexGuard;

use super::audit;
use super::failure::{PluginError, Problem};
use super::inner::Inner;
use super::near::nearest;
use super::start::Stakes;
use super::state::State;
use super::tell::tell;
use super::unheard;

/// What happens to other plugins that a switch affects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dependents {
    /// The switch is refused when it affects others, and the error names them.
    Refuse,
    /// They are switched along: off, when something that they require goes; on, when the plugin requires them or they were switched
    /// off along with it.
    Cascade,
}

/// What a switch did.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Switched {
    /// The plugins that were switched, in the order in which it was done; the one asked for is among them.
    pub plugins: Vec<PluginId>,
    /// Errors of plugins that stopped badly. They are off all the same.
    pub errors: Vec<PluginError>,
    /// What follows from it and an operator should know: veto hooks at which nobody is left to object (KW0645). The log has it too.
    pub notes: Vec<String>,
}

/// A plugin that a refused switch would have affected, and the line of its `[requires]` or of the plugin's own that makes it so.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Affected {
    /// The other plugin.
    pub plugin: PluginId,
    /// The requirement.
    pub requirement: &'static Requirement,
}

/// Why a switch was not made. Its `Debug` form is the same text as its `Display` form.
#[derive(Clone)]
#[non_exhaustive]
pub enum SwitchError {
    /// The host has no such plugin.
    Unknown {
        /// The id asked for.
        id: String,
        /// Similar ids, three at most.
        near: Vec<&'static str>,
        /// The feature of the program that would bring the plugin in; `None` when its Cargo.toml knows none.
        feature: Option<&'static str>,
    },
    /// The plugin is off, or on, already.
    Already {
        /// The plugin.
        plugin: PluginId,
        /// Its state.
        state: State,
    },
    /// The host has stopped for good; what was switched on now would never be stopped.
    Stopped {
        /// The plugin that was to be switched on.
        plugin: PluginId,
    },
    /// Running plugins require the one that was to be switched off.
    Required {
        /// The plugin.
        plugin: PluginId,
        /// Those that require it, directly or through others, in start order.
        by: Vec<Affected>,
    },
    /// The plugin that was to be switched on requires others that do not run.
    Requires {
        /// The plugin.
        plugin: PluginId,
        /// What it requires and does not run.
        missing: Vec<Affected>,
    },
    /// Plugins failed while they were switched on.
    Failed {
        /// The plugin that was to be switched on.
        plugin: PluginId,
        /// What failed.
        errors: Vec<PluginError>,
        /// The plugins that were switched on before that and run now.
        started: Vec<PluginId>,
    },
}

impl SwitchError {
    /// The stable code; `docs/errors/` has a page for each.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } | Self::Already { .. } | Self::Stopped { .. } => "KW0617",
            Self::Required { .. } => "KW0614",
            Self::Requires { .. } => "KW0615",
            Self::Failed { .. } => "KW0622",
        }
    }
}

impl fmt::Display for SwitchError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.code();
        let problem = |message: String, help: &str| Problem::new(code, message, help).to_string();
        let lines = |affected: &[Affected]| affected.iter().map(Affected::to_line).collect::<String>();
        match self {
            Self::Unknown { id, feature: Some(feature), .. } => {
                let message = format!("plugin `{id}` is not part of this build");
                formatter.write_str(&problem(message, &format!("enable feature `{feature}` and build the program again")))
            }
            Self::Unknown { id, near, feature: None } => {
                let near: Vec<_> = near.iter().map(|name| format!("`{name}`")).collect();
                let help = if near.is_empty() { String::new() } else { format!("a similar name exists: {}", near.join(", ")) };
                formatter.write_str(&problem(format!("this host has no plugin `{id}`"), &help))
            }
            Self::Already { plugin, state } => write!(formatter, "{code} plugin `{plugin}` is in the state `{state}` already"),
            Self::Stopped { plugin } => formatter
                .write_str(&problem(format!("plugin `{plugin}` cannot be enabled: the host has stopped"), "start a new host")),
            Self::Required { plugin, by } => {
                let message = format!("plugin `{plugin}` cannot be disabled: others require it{}", lines(by));
                formatter.write_str(&problem(message, "disable these too, with `Dependents::Cascade`"))
            }
            Self::Requires { plugin, missing } => {
                let message = format!("plugin `{plugin}` cannot be enabled: it requires what does not run{}", lines(missing));
                formatter.write_str(&problem(message, "enable these too, with `Dependents::Cascade`"))
            }
            Self::Failed { plugin, errors, .. } => {
                write!(formatter, "{code} plugin `{plugin}` was not enabled")?;
                errors.iter().try_for_each(|error| write!(formatter, "\n  {error}"))
            }
        }
    }
}

// What a `main` prints that returns it.
impl fmt::Debug for SwitchError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl std::error::Error for SwitchError {}

/// Who asked for a switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SwitchedBy {
    /// The program, through [`Host::enable`](super::Host::enable) or [`Host::disable`](super::Host::disable).
    Program,
    /// The host, after a panic at a point whose policy says so.
    Panic,
    /// The host, because of too much memory.
    Memory,
}

impl SwitchedBy {
    /// As the audit log has it.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Program => "switch",
            Self::Panic => "panic",
            Self::Memory => "memory",
        }
    }
}

impl Affected {
    fn to_line(&self) -> String {
        let Requirement { id, range, location, .. } = self.requirement;
        let place = if location.is_known() { format!(" ({}:{})", location.file, location.line) } else { String::new() };
        format!("\n  `{}` requires `{id} {}`{place}", self.plugin, range.text)
    }
}

impl Inner {
    pub(super) async fn disable(
        &self,
        id: &str,
        dependents: Dependents,
        by: SwitchedBy,
        _turn: &OwnedMutexGuard<bool>,
    ) -> Result<Switched, SwitchError> {
        let rank = self.find(id)?;
        let (plugin, state) = (self.id(rank), self.members[rank].state());
        if !state.is_running() {
            return Err(SwitchError::Already { plugin, state });
        }
        let others = self.links().dependents(self, &BTreeSet::from([rank]));
        if dependents == Dependents::Refuse && !others.is_empty() {
            let by = others.into_iter().map(|(rank, requirement)| Affected { plugin: self.id(rank), requirement }).collect();
            return Err(SwitchError::Required { plugin, by });
        }
        for rank in others.keys() {
            self.members[*rank].status().taken_along_by = Some(plugin);
        }
        let mut ranks: Vec<_> = others.into_keys().chain([rank]).collect();
        ranks.sort_unstable();
        self.note_switch(audit::Kind::Disabled, rank, &ranks, by);
        let entries = self.take_down(&ranks).await;
        let plugins: Vec<_> = entries.iter().map(|entry| entry.id).collect();
        let notes = unheard::unguarded(&self.members, &self.calls, Some(&plugins));
        notes.iter().for_each(|note| tell!(warn, {} "{note}"));
        Ok(Switched { plugins, notes, errors: entries.into_iter().flat_map(|entry| entry.errors).collect() })
    }

    pub(super) async fn enable(
        &self,
        id: &str,
        dependents: Dependents,
        by: SwitchedBy,
        has_stopped: &OwnedMutexGuard<bool>,
    ) -> Result<Switched, SwitchError> {
        let rank = self.find(id)?;
        let (plugin, state) = (self.id(rank), self.members[rank].state());
        if **has_stopped {
            return Err(SwitchError::Stopped { plugin });
        }
        if state == State::RecoverableError {
            self.close_breakers(rank);
            return Ok(Switched { plugins: vec![plugin], ..Switched::default() });
        }
        if !state.may_become(State::Starting) {
            return Err(SwitchError::Already { plugin, state });
        }
        let mut wanted = BTreeSet::from([rank]);
        let missing = self.add_requirements(rank, &mut wanted);
        if dependents == Dependents::Refuse && !missing.is_empty() {
            return Err(SwitchError::Requires { plugin, missing });
        }
        if dependents == Dependents::Cascade {
            let came_along = |rank: &usize| self.members[*rank].status().taken_along_by == Some(plugin);
            let along: Vec<_> = (0..self.members.len()).filter(came_along).collect();
            for rank in along {
                wanted.insert(rank);
                self.add_requirements(rank, &mut wanted);
            }
        }
        let able = |rank: &usize| self.members[*rank].state().may_become(State::Starting);
        let ranks: Vec<_> = wanted.into_iter().filter(able).collect();
        self.note_switch(audit::Kind::Enabled, rank, &ranks, by);
        self.bring_up(&ranks, Stakes::Switch).await;
        self.publish(&[]);
        self.attach_jobs(&ranks);
        let (started, failed): (Vec<_>, Vec<_>) = ranks.into_iter().partition(|rank| self.members[*rank].is_running());
        let started: Vec<_> = started.into_iter().map(|rank| self.id(rank)).collect();
        if failed.is_empty() {
            return Ok(Switched { plugins: started, ..Switched::default() });
        }
        let errors = failed.iter().filter_map(|rank| self.members[*rank].status().error.clone()).collect();
        Err(SwitchError::Failed { plugin, errors, started })
    }

    /// Writes down who switches a plugin, and of those that come along, with which.
    fn note_switch(&self, kind: audit::Kind, asked: usize, ranks: &[usize], by: SwitchedBy) {
        let with = self.id(asked);
        for &rank in ranks {
            let details: [(_, &dyn fmt::Display); 2] = [("by", &by.as_str()), ("with", &with)];
            self.world.audit.plugin(self.members[rank].descriptor(), kind, &details[..if rank == asked { 1 } else { 2 }]);
        }
    }

    fn close_breakers(&self, rank: usize) {
        let running = self.members[rank].status().running.clone();
        // Outside the lock: each slot that closes asks for it to bring the plugin's state in line.
        running.iter().flat_map(|running| running.extensions.iter()).for_each(|held| held.slot.close_breaker());
        self.bus.slots(rank).iter().for_each(|slot| slot.close_breaker());
    }

    /// Adds what a plugin requires and does not run, directly or through others; answers the direct and indirect requirements.
    fn add_requirements(&self, rank: usize, wanted: &mut BTreeSet<usize>) -> Vec<Affected> {
        let mut missing = Vec::new();
        let mut open = vec![rank];
        while let Some(rank) = open.pop() {
            for link in self.links().mandatory(rank) {
                let satisfied = |rank: &usize| self.members[*rank].is_running() || wanted.contains(rank);
                if link.satisfied_by.iter().any(satisfied) {
                    continue;
                }
                missing.push(Affected { plugin: self.id(rank), requirement: link.requirement });
                // Of several providers of a service, the first in start order will do.
                if let Some(&first) = link.satisfied_by.first() {
                    wanted.insert(first);
                    open.push(first);
                }
            }
        }
        missing
    }

    fn find(&self, id: &str) -> Result<usize, SwitchError> {
        self.rank_of(id).ok_or_else(|| {
            let ids = self.members.iter().map(|member| member.descriptor().id.as_str());
            let known = self.available.iter().find(|plugin| plugin.id.as_str() == id);
            let feature = known.map(|plugin| plugin.feature).filter(|feature| !feature.is_empty());
            SwitchError::Unknown { id: id.to_owned(), near: nearest(id, ids), feature }
        })
    }
}
