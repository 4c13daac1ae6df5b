//! Walks the object code from what the host can reach of a plugin, and collects what it can do past Keyway.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};

use super::class::{CALLS_THE_KERNEL, CALLS_UNREAD, HOLDS_MACHINE_CODE, Power, REPLACES_C};
use super::parties::{Parties, Party};
use super::program::{AtomId, NameId, Part, Program, Target};
use super::{symbol, table};

/// Whose doing it is when a piece runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Doer {
    /// The plugin's, itself or through what it brings.
    Plugin,
    /// Keyway's or the SDK's.
    Keyway,
    /// That of a function of `std` which the plugin calls and which has been told: what it does itself is told with it, but it may call back.
    Told,
}

/// A piece, and whose doing it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Node {
    pub(crate) atom: AtomId,
    pub(crate) doer: Doer,
}

/// A place that lets code do something.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found {
    /// In which piece.
    pub(crate) node: usize,
    /// Where in its section.
    pub(crate) at: u64,
    /// To what.
    pub(crate) to: Target,
    /// What that can do.
    pub(crate) power: &'static Power,
}

/// All that was reached.
#[derive(Debug, Default)]
pub(crate) struct Reached {
    pub(crate) nodes: Vec<Node>,
    index: BTreeMap<(AtomId, Doer), usize>,
    /// From where each node is referred to: node and place.
    pub(crate) before: Vec<Vec<(usize, u64)>>,
    pub(crate) found: Vec<Found>,
    /// Calls of functions of Keyway, by their path.
    pub(crate) calls_of_keyway: BTreeMap<String, Vec<(usize, u64)>>,
    /// The extension points that the plugin provides, as their traits are called: `keyway_cms_sdk::route::Route`.
    pub(crate) points: Vec<String>,
    /// Whether what a host names of a plugin was among it.
    pub(crate) registered: bool,
}

/// The function of Keyway that makes an extension; its argument is the point.
const MAKES_EXTENSION: &str = "keyway::plugin::Extension::new";

/// The module in which the derive puts what a host names.
const REGISTRATION: &str = "__keyway_only_plugin_of_this_public_module::REGISTRATION";

/// Walks from what the host can reach of the plugin in `library`. `brought` are the libraries that the plugin brings.
pub(crate) fn reach(crates: &Crates<'_>, library: usize, brought: &[usize]) -> Reached {
    let mut walk = Walk::new(crates);
    walk.begin(library, brought);
    walk.run();
    walk.reached.points.sort();
    walk.reached.points.dedup();
    walk.reached
}

/// The places of a plugin's own code that nothing reaches. They count for nothing until something does.
pub(crate) fn unreached(crates: &Crates<'_>, library: usize, reached: &Reached) -> Reached {
    let mut walk = Walk::new(crates);
    for atom in crates.program.atoms_of(library) {
        let dead = [Doer::Plugin, Doer::Keyway, Doer::Told].iter().all(|doer| !reached.index.contains_key(&(atom, *doer)));
        if dead && crates.party(atom) == Some(Party::Plugin) {
            let node = walk.node(atom, Doer::Plugin).0;
            walk.look(node);
        }
    }
    walk.reached
}

struct Walk<'w> {
    program: &'w Program,
    crates: &'w Crates<'w>,
    effects: BTreeMap<NameId, Effect>,
    reached: Reached,
}

/// What following a reference comes to.
#[derive(Debug, Clone, Copy)]
enum Effect {
    /// It lets code do something.
    Does(&'static Power),
    /// It is known to do nothing, whatever else it refers to.
    Nothing,
    /// It has to be followed.
    Follow,
}

impl<'w> Walk<'w> {
    fn new(crates: &'w Crates<'w>) -> Self {
        Self { program: crates.program, crates, effects: BTreeMap::new(), reached: Reached::default() }
    }

    fn begin(&mut self, library: usize, brought: &[usize]) {
        for atom in self.program.atoms_of(library) {
            let registers = self.program.name_of(atom).and_then(symbol::path).is_some_and(|path| path.ends_with(REGISTRATION));
            self.reached.registered |= registers;
            if registers || self.program.atoms[atom].part != Part::Plain {
                let node = self.node(atom, Doer::Plugin).0;
                if self.program.atoms[atom].part == Part::Exported {
                    let start = self.program.atoms[atom].start;
                    self.reached.found.push(Found { node, at: start, to: Target::Atom(atom), power: &REPLACES_C });
                }
            }
        }
        for library in brought {
            for atom in self.program.atoms_of(*library) {
                let part = self.program.atoms[atom].part;
                let replaces = part == Part::Exported && self.program.name_of(atom).is_some_and(table::is_known_to_c);
                if part == Part::Constructor || replaces {
                    let node = self.node(atom, Doer::Plugin).0;
                    if replaces {
                        let start = self.program.atoms[atom].start;
                        self.reached.found.push(Found { node, at: start, to: Target::Atom(atom), power: &REPLACES_C });
                    }
                }
            }
        }
    }

    fn run(&mut self) {
        let mut open: VecDeque<usize> = (0..self.reached.nodes.len()).collect();
        while let Some(node) = open.pop_front() {
            open.extend(self.look(node));
        }
    }

    /// Looks at what a node refers to. Answers with the nodes that were not known before.
    fn look(&mut self, from: usize) -> Vec<usize> {
        let Node { atom, doer } = self.reached.nodes[from];
        let mut fresh = Vec::new();
        for reference in &self.program.atoms[atom].references {
            let at = reference.at;
            let to = self.program.resolve(reference.to);
            let doer = match (self.effect(to), doer) {
                (Effect::Does(power), Doer::Plugin) => {
                    self.reached.found.push(Found { node: from, at, to, power });
                    Doer::Told
                }
                (Effect::Nothing, Doer::Plugin) => Doer::Told,
                (Effect::Does(_) | Effect::Nothing, other) => other,
                (Effect::Follow, other) => {
                    self.note_call(from, at, to);
                    other
                }
            };
            let Target::Atom(next) = to else { continue };
            let doer = match (self.crates.party(next), doer) {
                (Some(Party::Plugin | Party::Brought), _) | (Some(Party::Shared), Doer::Told) => Doer::Plugin,
                (Some(Party::Keyway), _) => Doer::Keyway,
                (Some(Party::Shared) | None, doer) => doer,
            };
            let (node, new) = self.node(next, doer);
            self.reached.before[node].push((from, at));
            if new {
                fresh.push(node);
            }
        }
        fresh
    }

    fn node(&mut self, atom: AtomId, doer: Doer) -> (usize, bool) {
        if let Some(node) = self.reached.index.get(&(atom, doer)) {
            return (*node, false);
        }
        let node = self.reached.nodes.len();
        self.reached.index.insert((atom, doer), node);
        self.reached.nodes.push(Node { atom, doer });
        self.reached.before.push(Vec::new());
        (node, true)
    }

    /// Remembers what the plugin asks of Keyway, which tells which of its permissions it makes use of.
    fn note_call(&mut self, from: usize, at: u64, to: Target) {
        let name = match to {
            Target::Atom(atom) => self.program.name_of(atom),
            Target::Outside(name) => Some(self.program.name(name)),
            Target::Kernel | Target::DataAsCode => None,
        };
        let Some(name) = name.filter(|name| name.contains("6keyway")) else { return };
        let Some(path) = symbol::path(name).filter(|path| path.starts_with("keyway::")) else { return };
        if path == MAKES_EXTENSION {
            let shown = symbol::shown(name);
            self.reached
                .points
                .extend(shown.split_once("::<dyn ").and_then(|(_, point)| Some(point.split_once('>')?.0.to_owned())));
        }
        if self.reached.nodes[from].doer == Doer::Plugin {
            self.reached.calls_of_keyway.entry(path).or_default().push((from, at));
        }
    }

    fn effect(&mut self, to: Target) -> Effect {
        let (name, inside) = match to {
            Target::Kernel => return Effect::Does(&CALLS_THE_KERNEL),
            Target::DataAsCode => return Effect::Does(&HOLDS_MACHINE_CODE),
            Target::Atom(atom) => match self.program.atoms[atom].name {
                Some(name) => (name, true),
                None => return Effect::Follow,
            },
            Target::Outside(name) => (name, false),
        };
        if let Some(effect) = self.effects.get(&name) {
            return *effect;
        }
        let effect = self.effect_of_name(name, inside);
        self.effects.insert(name, effect);
        effect
    }

    fn effect_of_name(&self, name: NameId, inside: bool) -> Effect {
        let text = self.program.name(name);
        // What is defined in the build is read, whatever language it was written in. `__rustc` is the allocator, which rustc writes into
        // each program.
        let known =
            inside || self.program.is_of_the_toolchain(name) || symbol::crate_of(text).is_some_and(|name| name == "__rustc");
        let Some(path) = symbol::path(text) else {
            return if known { Effect::Follow } else { table::of_c(text).map_or(Effect::Nothing, Effect::Does) };
        };
        // A crate that was linked with the plugin may call itself `std`; what the table says is not about it.
        let party = symbol::crate_of(text).and_then(|name| self.crates.parties.party(&name));
        let row = if matches!(party, None | Some(Party::Keyway)) { table::of_rust(&path) } else { None };
        match row {
            Some(Some(power)) => Effect::Does(power),
            Some(None) => Effect::Nothing,
            None if known => Effect::Follow,
            // A crate that was not read, though it is linked: nothing can be said of it but that.
            None => Effect::Does(&CALLS_UNREAD),
        }
    }
}

/// Which crate a piece of code belongs to.
#[derive(Debug)]
pub(crate) struct Crates<'p> {
    program: &'p Program,
    parties: &'p Parties,
    names: RefCell<BTreeMap<NameId, Option<String>>>,
}

impl<'p> Crates<'p> {
    pub(crate) fn new(program: &'p Program, parties: &'p Parties) -> Self {
        Self { program, parties, names: RefCell::default() }
    }

    /// What the crate of a piece is to the plugin; `None` for what stands in for whoever uses it: the generic code of `std`, constants,
    /// tables.
    pub(crate) fn party(&self, atom: AtomId) -> Option<Party> {
        self.parties.party(&self.name(atom)?)
    }

    /// The name of the crate whose code a piece is, if it is one that the plugin is linked with.
    pub(crate) fn name(&self, atom: AtomId) -> Option<String> {
        let name = self.program.atoms[atom].name?;
        let mut names = self.names.borrow_mut();
        let of = names.entry(name).or_insert_with(|| {
            let text = self.program.name(name);
            let of = if symbol::is_rust(text) {
                symbol::crate_of(text)
            } else {
                // C and assembly belong to the library that they are in.
                Some(self.program.libraries[self.program.library_of(atom)].name.clone())
            };
            of.filter(|name| self.parties.contains(name))
        });
        of.clone()
    }
}
