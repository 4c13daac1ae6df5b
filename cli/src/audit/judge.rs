//! Says of each use what is to be thought of it, and of each permission whether it is made use of.

use std::collections::{BTreeMap, BTreeSet};

use super::allow::Allowances;
use super::class::Class;
use super::model::{PermissionAudit, Place, Use, Used, Verdict};
use super::parties::{Parties, Party};
use super::points::Points;
use super::program::{AtomId, Program, Target};
use super::reach::{Crates, Found, Reached};
use super::source::Source;
use super::trace::{Step, Tracer};
use super::{Subject, symbol};

/// The functions of Keyway that code calls to make use of a permission.
const FUNCTIONS: &[(&str, &[&str])] = &[
    ("database.read", &["keyway::context::Context::database", "keyway::context::Context::database_mut"]),
    ("database.write", &["keyway::context::Context::database_mut"]),
    ("env.read", &["keyway::context::Context::environment"]),
    ("events.publish", &["keyway::context::Context::publisher"]),
    ("events.subscribe", &["keyway::event::subscription::subscriptions"]),
    ("filesystem.read", &["keyway::context::Context::files", "keyway::context::Context::files_mut"]),
    ("filesystem.write", &["keyway::context::Context::files_mut"]),
    ("network.client", &["keyway::context::Context::http"]),
    ("secrets.read", &["keyway::context::Context::secrets"]),
    ("storage.keys", &["keyway::context::Context::kv"]),
];

/// Judges one plugin.
pub(crate) struct Judge<'j> {
    pub(crate) program: &'j Program,
    pub(crate) parties: &'j Parties,
    pub(crate) crates: Crates<'j>,
    pub(crate) plugin: &'j Subject,
    /// The plugin's package.
    pub(crate) package: &'j str,
    pub(crate) allowances: &'j Allowances,
    /// The allowances that were made use of.
    pub(crate) spent: &'j mut BTreeSet<usize>,
    pub(crate) tracer: Tracer<'j>,
}

/// What is one use for a reader: the same thing, done by the same crate.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    class: Class,
    name: String,
    does: &'static str,
    doer: String,
}

impl Judge<'_> {
    /// All uses, of the object code and of the source.
    pub(crate) fn uses(&mut self, reached: &Reached, unreached: &Reached, source: &Source) -> Vec<Use> {
        let mut uses = self.found(reached, true);
        uses.extend(self.found(unreached, false));
        uses.extend(self.marks(source));
        uses.sort();
        uses
    }

    /// The permissions of the manifest, each with what becomes of it.
    pub(crate) fn permissions(&mut self, reached: &Reached, uses: &[Use], points: &Points) -> Vec<PermissionAudit> {
        let plugin = self.plugin;
        plugin.permissions.iter().map(|name| self.permission(name, reached, uses, points)).collect()
    }

    fn permission(&mut self, name: &str, reached: &Reached, uses: &[Use], points: &Points) -> PermissionAudit {
        let functions = FUNCTIONS.iter().find(|(permission, _)| *permission == name).map(|(_, functions)| *functions);
        let called = functions.into_iter().flatten().filter_map(|function| reached.calls_of_keyway.get(*function));
        let calls: Vec<Step> = called.flatten().map(|(node, at)| Step::new(*node, *at)).collect();
        let directly = |found: &&Use| matches!(&found.verdict, Verdict::Declared { permission } if permission == name);
        let by_point = reached.points.iter().any(|point| points.permission(point) == Some(name));
        let (used, places) = if !calls.is_empty() {
            (Used::Keyway, self.tracer.places(reached, calls))
        } else if by_point {
            (Used::Point, Vec::new())
        } else if let Some(found) = uses.iter().find(directly) {
            (Used::Directly, found.places.clone())
        } else if functions.is_some() || points.is_needed(name) {
            (Used::No, Vec::new())
        } else {
            (Used::Unknown, Vec::new())
        };
        PermissionAudit { name: name.to_owned(), used, places }
    }

    fn found(&mut self, reached: &Reached, live: bool) -> Vec<Use> {
        let mut groups: BTreeMap<Key, (&Found, Vec<Step>)> = BTreeMap::new();
        for found in &reached.found {
            for step in self.tracer.lifted(&self.crates, reached, found.node, found.at) {
                let doer = self.doer(reached.nodes[step.node].atom);
                let key = Key { class: found.power.class, name: self.name(reached, found), does: found.power.does, doer };
                groups.entry(key).or_insert_with(|| (found, Vec::new())).1.push(step);
            }
        }
        let mut uses = Vec::new();
        for (key, (found, steps)) in groups {
            let own = self.parties.party(&key.doer) == Some(Party::Plugin);
            let site = if own { None } else { self.tracer.line(reached.nodes[steps[0].node].atom, steps[0].at) };
            let verdict = if live { self.verdict(found.power.covered_by, &key) } else { Verdict::Unreached };
            uses.push(Use {
                class: key.class,
                through: self.parties.path(&key.doer).to_vec(),
                name: key.name,
                does: key.does.to_owned(),
                verdict,
                places: self.tracer.places(reached, steps),
                site: site.map(|(file, line)| format!("{file}:{line}")),
            });
        }
        uses
    }

    /// What the plugin's source shows.
    fn marks(&mut self, source: &Source) -> Vec<Use> {
        let mut groups: BTreeMap<(Class, &'static str), Vec<Place>> = BTreeMap::new();
        for mark in &source.marks {
            let file = self.tracer.shown(&mark.file);
            let place = Place { file, line: mark.line, function: String::new(), through: Vec::new() };
            groups.entry((mark.class, mark.written)).or_default().push(place);
        }
        let mut uses = Vec::new();
        for ((class, written), places) in groups {
            let key = Key { class, name: written.to_owned(), does: does(class), doer: String::new() };
            let verdict = self.verdict(&[], &key);
            uses.push(Use { class, name: key.name, does: key.does.to_owned(), through: Vec::new(), verdict, places, site: None });
        }
        uses
    }

    fn verdict(&mut self, covered_by: &[&str], key: &Key) -> Verdict {
        if let Some(permission) =
            covered_by.iter().find(|permission| self.plugin.permissions.iter().any(|name| name == *permission))
        {
            return Verdict::Declared { permission: (*permission).to_owned() };
        }
        let package = self.parties.path(&key.doer).last().map_or(self.package, String::as_str);
        if let Some(index) = self.allowances.allowing(&self.plugin.id, package, key.class, &key.name) {
            self.spent.insert(index);
            return Verdict::Allowed { reason: self.allowances.allow[index].reason.clone() };
        }
        Verdict::Undeclared { permissions: covered_by.iter().map(|permission| (*permission).to_owned()).collect() }
    }

    /// What a use is called.
    fn name(&self, reached: &Reached, found: &Found) -> String {
        let plain = |name: &str| symbol::path(name).unwrap_or_else(|| name.to_owned());
        match found.to {
            Target::Kernel => "a system call".to_owned(),
            Target::DataAsCode => plain(self.program.name_of(reached.nodes[found.node].atom).unwrap_or_default()),
            Target::Atom(atom) => plain(self.program.name_of(atom).unwrap_or_default()),
            Target::Outside(name) => plain(self.program.name(name)),
        }
    }

    /// The crate whose code a piece is. What none has asked for, such as a table of constructors, is the library's that it is in.
    fn doer(&self, atom: AtomId) -> String {
        self.crates.name(atom).unwrap_or_else(|| self.program.libraries[self.program.library_of(atom)].name.clone())
    }
}

const fn does(class: Class) -> &'static str {
    match class {
        Class::Unsafe => "has code that the compiler does not check",
        Class::Assembly => "has assembly in its source",
        _ => "declares or defines functions that are not Rust",
    }
}
