//! What a host should do with its plugins, as plainly as it can be said: no tasks, no snapshots, one plugin after the other.

use std::collections::BTreeSet;

use keyway::host::{Dependents, State};

/// One plugin: what it requires (indices of others, and whether it must have it) and how it behaves.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) name: &'static str,
    pub(crate) requires: Vec<(usize, bool)>,
    pub(crate) init: &'static str,
    pub(crate) start: &'static str,
    pub(crate) stop: &'static str,
    pub(crate) drop: &'static str,
}

/// What a test does to a host.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Move {
    Disable(usize, Dependents),
    Enable(usize, Dependents),
    Stop,
}

/// What comes of a move.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The plugins that were switched, in order, and how many errors were told.
    Switched(Vec<&'static str>, usize),
    /// The code of the refusal.
    Refused(&'static str),
    /// A failed switch: the plugins that failed, and those that were started all the same.
    Failed(Vec<&'static str>, Vec<&'static str>),
}

/// A host.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) parts: Vec<Part>,
    pub(crate) states: Vec<State>,
    along: Vec<Option<usize>>,
    levels: Vec<usize>,
    has_stopped: bool,
    /// What the plugins did.
    pub(crate) journal: Vec<String>,
}

impl Model {
    /// Starts a host with all plugins.
    pub(crate) fn start(parts: Vec<Part>) -> Self {
        let mut levels: Vec<usize> = Vec::new();
        for part in &parts {
            let level = part.requires.iter().map(|(other, _)| levels[*other] + 1).max().unwrap_or(0);
            levels.push(level);
        }
        let count = parts.len();
        let (states, along) = (vec![State::Idle; count], vec![None; count]);
        let mut model = Self { parts, states, along, levels, has_stopped: false, journal: Vec::new() };
        model.bring_up(&(0..count).collect());
        model
    }

    pub(crate) fn runs(&self, plugin: usize) -> bool {
        self.states[plugin] == State::Ok
    }

    /// All plugins in start order.
    pub(crate) fn order(&self) -> Vec<usize> {
        let mut order: Vec<_> = (0..self.parts.len()).collect();
        order.sort_by_key(|plugin| (self.levels[*plugin], self.parts[*plugin].name));
        order
    }

    fn names(&self, plugins: &[usize]) -> Vec<&'static str> {
        plugins.iter().map(|plugin| self.parts[*plugin].name).collect()
    }

    pub(crate) fn visible(&self) -> Vec<&'static str> {
        let running: Vec<_> = self.order().into_iter().filter(|plugin| self.runs(*plugin)).collect();
        self.names(&running)
    }

    /// The plugins of a set, a level at a time, lowest first.
    fn by_level(&self, plugins: &BTreeSet<usize>) -> Vec<Vec<usize>> {
        let mut levels = vec![Vec::new(); self.parts.len() + 1];
        for plugin in self.order().into_iter().filter(|plugin| plugins.contains(plugin)) {
            levels[self.levels[plugin]].push(plugin);
        }
        levels
    }

    fn note(&mut self, what: &str, plugin: usize) {
        self.journal.push(format!("{what} {}", self.parts[plugin].name));
    }

    fn bring_up(&mut self, plugins: &BTreeSet<usize>) {
        for level in self.by_level(plugins) {
            let has_all = |plugin: &usize| {
                self.parts[*plugin].requires.iter().all(|(other, is_mandatory)| !is_mandatory || self.runs(*other))
            };
            let able: Vec<_> = level.into_iter().filter(has_all).collect();
            let mut made = Vec::new();
            for plugin in able {
                self.note("init", plugin);
                match self.parts[plugin].init {
                    "" => made.push(plugin),
                    _ => self.states[plugin] = State::PermanentError,
                }
            }
            let mut failed = Vec::new();
            for plugin in made {
                let script = self.parts[plugin].start;
                if script != "panic-early" {
                    self.note("start", plugin);
                }
                if script.is_empty() {
                    self.states[plugin] = State::Ok;
                    self.along[plugin] = None;
                } else {
                    self.states[plugin] = State::PermanentError;
                    failed.push(plugin);
                }
            }
            failed.iter().for_each(|plugin| self.note("stop", *plugin));
            failed.iter().for_each(|plugin| self.note("drop", *plugin));
        }
    }

    /// Stops the running ones; answers them in the order in which they stopped, and how many errors there were.
    fn take_down(&mut self, plugins: &BTreeSet<usize>) -> (Vec<usize>, usize) {
        let (mut stopped, mut errors) = (Vec::new(), 0);
        for level in self.by_level(plugins).into_iter().rev() {
            let running: Vec<_> = level.into_iter().filter(|plugin| self.runs(*plugin)).collect();
            running.iter().for_each(|plugin| self.note("stop", *plugin));
            for plugin in running {
                self.note("drop", plugin);
                let Part { stop, drop, .. } = self.parts[plugin];
                let failures = usize::from(!stop.is_empty()) + usize::from(!drop.is_empty());
                self.states[plugin] = if failures == 0 { State::Stopped } else { State::PermanentError };
                errors += failures;
                stopped.push(plugin);
            }
        }
        (stopped, errors)
    }

    pub(crate) fn make(&mut self, wanted: Move) -> Answer {
        match wanted {
            Move::Disable(plugin, dependents) => self.disable(plugin, dependents),
            Move::Enable(plugin, dependents) => self.enable(plugin, dependents),
            Move::Stop => {
                self.has_stopped = true;
                let (stopped, errors) = self.take_down(&(0..self.parts.len()).collect());
                Answer::Switched(self.names(&stopped), errors)
            }
        }
    }

    fn disable(&mut self, plugin: usize, dependents: Dependents) -> Answer {
        if !self.runs(plugin) {
            return Answer::Refused("KW0617");
        }
        let mut going = BTreeSet::from([plugin]);
        loop {
            let loses = |other: &usize| {
                let mut mandatory = self.parts[*other].requires.iter().filter(|(_, is_mandatory)| *is_mandatory);
                self.runs(*other) && !going.contains(other) && mandatory.any(|(required, _)| going.contains(required))
            };
            let Some(next) = (0..self.parts.len()).find(loses) else { break };
            going.insert(next);
        }
        if dependents == Dependents::Refuse && going.len() > 1 {
            return Answer::Refused("KW0614");
        }
        going.iter().filter(|other| **other != plugin).for_each(|other| self.along[*other] = Some(plugin));
        let (stopped, errors) = self.take_down(&going);
        Answer::Switched(self.names(&stopped), errors)
    }

    fn enable(&mut self, plugin: usize, dependents: Dependents) -> Answer {
        if self.has_stopped || self.runs(plugin) {
            return Answer::Refused("KW0617");
        }
        let mut wanted = BTreeSet::from([plugin]);
        self.add_what_is_required(&mut wanted);
        if dependents == Dependents::Refuse && wanted.len() > 1 {
            return Answer::Refused("KW0615");
        }
        if dependents == Dependents::Cascade {
            wanted.extend((0..self.parts.len()).filter(|other| self.along[*other] == Some(plugin) && !self.runs(*other)));
            self.add_what_is_required(&mut wanted);
        }
        self.bring_up(&wanted);
        let order = self.order().into_iter().filter(|plugin| wanted.contains(plugin));
        let (started, failed): (Vec<_>, Vec<_>) = order.partition(|plugin| self.runs(*plugin));
        match failed.is_empty() {
            true => Answer::Switched(self.names(&started), 0),
            false => Answer::Failed(self.names(&failed), self.names(&started)),
        }
    }

    fn add_what_is_required(&self, wanted: &mut BTreeSet<usize>) {
        loop {
            let required = wanted.iter().flat_map(|plugin| &self.parts[*plugin].requires);
            let lacking = required.filter(|(other, is_mandatory)| *is_mandatory && !self.runs(*other));
            let Some(next) = lacking.map(|(other, _)| *other).find(|other| !wanted.contains(other)) else { break };
            wanted.insert(next);
        }
    }
}
