//! From libraries that were found to plugins of the lineup: verified, compared, ordered, and only then loaded.

use std::collections::BTreeMap;
use std::sync::Arc;

use keyway_manifest::parse::nearest;
use keyway_manifest::{Descriptor, PluginId, shown};

use super::discover::{Discovery, Found, Unusable};
use super::library::{Broken, NativeLibrary};
use super::lineup::Joining;
use super::tier::{Admitted, NativeTier};
use super::verify::Asked;
use crate::host::failure::Problem;
use crate::host::lineup::Lineup;
use crate::host::need::{Need, Needs};
use crate::host::settings::Settings;

/// Libraries of plugins that were found, and have not been verified.
pub(in crate::host) struct Candidates {
    discovery: Discovery,
    tier: Arc<NativeTier>,
    /// The plugin whose library is asked about.
    asked: Option<PluginId>,
}

/// Native plugins that are verified, fit the program, and have their places among the linked ones. Nothing of them has run.
pub(in crate::host) struct Ordered {
    tier: Arc<NativeTier>,
    libraries: BTreeMap<PluginId, Admitted>,
    notes: Vec<String>,
    asked: Option<Asked>,
}

/// What is known of the plugins of a host before it starts.
#[derive(Clone, Copy)]
pub(in crate::host) struct Terms<'a> {
    pub(in crate::host) needs: &'a Needs,
    pub(in crate::host) settings: &'a Settings,
}

impl Terms<'_> {
    fn is_off(self, id: PluginId) -> bool {
        self.settings.disabled.iter().any(|disabled| disabled == id.as_str())
    }

    /// Whether the host can do without a plugin. One that the operator has disabled keeps no host from starting.
    fn need(self, id: PluginId) -> Need {
        if self.is_off(id) { Need::Optional } else { self.needs.of(id.as_str()) }
    }
}

impl Candidates {
    pub(super) const fn new(discovery: Discovery, tier: Arc<NativeTier>, asked: Option<PluginId>) -> Self {
        Self { discovery, tier, asked }
    }

    /// The ids of all plugins that are meant to be there, usable or not.
    pub(in crate::host) fn ids(&self) -> impl Iterator<Item = PluginId> {
        let found = self.discovery.found.iter().map(|found| found.descriptor.id);
        found.chain(self.discovery.unusable.iter().flat_map(|unusable| unusable.ids.iter().copied()))
    }

    /// Verifies each library, compares it with the program, and puts all that pass into the lineup. Nothing of them runs.
    ///
    /// What is wrong with a plugin that is required is a problem; an optional one is left out, and a note says why.
    pub(in crate::host) fn order(self, lineup: &mut Lineup, terms: Terms<'_>, problems: &mut Vec<Problem>) -> Ordered {
        let seen: Vec<PluginId> = self.ids().collect();
        let Discovery { found, unusable, notes, problems: found_problems } = self.discovery;
        problems.extend(found_problems);
        let mut notes: Vec<String> = notes.iter().map(ToString::to_string).collect();
        notes.extend(unusable_of(unusable, &found, terms, problems).iter().map(|unusable| unusable.problem().to_string()));
        let mut libraries = BTreeMap::new();
        let mut joining = Vec::new();
        let mut asked = None;
        for found in found {
            let plugin = found.descriptor;
            let is_asked = self.asked == Some(plugin.id);
            if let Some(linked) = linked(lineup, plugin.id) {
                let problem = is_linked(&found, linked);
                if is_asked {
                    let examination = self.tier.examine(found, false);
                    asked = Some(Asked::examined(&examination, self.tier.held()).linked(problem));
                } else {
                    problems.push(problem);
                }
                continue;
            }
            // It is for a person to hear all that is wrong with a library that is asked about, whatever the program and the operator say.
            let need = if is_asked { Need::Required } else { terms.need(plugin.id) };
            let joins = |library, is_refused| {
                let (registration, library) = (Broken::unopened(plugin), Arc::new(library));
                Joining { registration, library, need, is_refused }
            };
            let unverified = found.library();
            let examination = self.tier.examine(found, false);
            if is_asked {
                asked = Some(Asked::examined(&examination, self.tier.held()));
                joining.push(joins(unverified, false));
                continue;
            }
            match examination.admit() {
                Ok(admitted) => {
                    notes.extend(admitted.notes.iter().map(ToString::to_string));
                    joining.push(joins(admitted.library.clone(), false));
                    libraries.insert(plugin.id, admitted);
                }
                // It stays in the graph, so that nobody is told that it is missing: the host does not start in any case.
                Err(refused) if need == Need::Required => {
                    problems.extend(refused);
                    joining.push(joins(unverified, true));
                }
                Err(refused) => notes.extend(refused.iter().map(|problem| left_out(plugin, problem))),
            }
        }
        match (lineup.join(joining), &mut asked) {
            (Ok(without), asked) => {
                for out in without {
                    libraries.remove(&out.plugin.id);
                    notes.push(left_out(out.plugin, &out.problem));
                }
                if let Some(asked) = asked {
                    asked.joined(lineup);
                }
            }
            (Err(report), Some(asked)) => asked.refused(&report, lineup),
            (Err(report), None) => problems.push(Problem::of_graph(&report)),
        }
        libraries.keys().for_each(|id| lineup.census.loads(*id));
        notes.extend(unknown_names(lineup, &self.tier, &seen));
        Ordered { tier: self.tier, libraries, notes, asked }
    }
}

impl Ordered {
    /// What the operator should know.
    pub(in crate::host) fn notes(&self) -> &[String] {
        &self.notes
    }

    /// What was found of the library that is asked about; `None` when it could not be read.
    pub(super) fn asked(self) -> Option<Asked> {
        self.asked
    }

    /// Loads the plugins that are to run: from here on, code of theirs runs. Does nothing when there is a problem already.
    ///
    /// A library that cannot be loaded is a problem when its plugin is required; an optional plugin fails in its turn, when it is
    /// initialised. One that is disabled is not loaded before somebody enables it.
    pub(in crate::host) fn load(
        self,
        lineup: &mut Lineup,
        terms: Terms<'_>,
        problems: &mut Vec<Problem>,
    ) -> (Arc<NativeTier>, Vec<String>) {
        let Self { tier, mut libraries, notes, .. } = self;
        if !problems.is_empty() {
            return (tier, notes);
        }
        for plugin in &mut lineup.plugins {
            let id = plugin.registration.descriptor.id;
            let Some(admitted) = libraries.remove(&id) else { continue };
            let library = NativeLibrary::new(Arc::clone(&tier), admitted);
            plugin.registration = library.registration();
            if terms.is_off(id) {
                continue;
            }
            match library.open() {
                Ok(()) => {}
                Err(problem) if terms.need(id) == Need::Required => problems.push(problem),
                Err(problem) => plugin.registration = Broken::registration(plugin.registration.descriptor, problem.to_string()),
            }
        }
        (tier, notes)
    }
}

/// Sorts out what could not be read: what a required plugin was meant to be goes to the problems, the rest is answered.
fn unusable_of(unusable: Vec<Unusable>, found: &[Found], terms: Terms<'_>, problems: &mut Vec<Problem>) -> Vec<Unusable> {
    let (missing, rest): (Vec<_>, Vec<_>) = unusable.into_iter().partition(|unusable| {
        let is_found = |id: PluginId| found.iter().any(|found| found.descriptor.id == id);
        match unusable.ids.as_slice() {
            // It may be any plugin, so what counts is what the host says of plugins that it does not name.
            [] => unusable.is_library && terms.needs.otherwise() == Need::Required,
            ids => ids.iter().any(|id| !is_found(*id) && terms.need(*id) == Need::Required),
        }
    });
    problems.extend(missing.iter().map(Unusable::problem));
    rest
}

fn linked(lineup: &Lineup, id: PluginId) -> Option<&'static Descriptor> {
    lineup.plugins.iter().map(|plugin| plugin.registration.descriptor).find(|plugin| plugin.id == id)
}

pub(super) fn is_linked(found: &Found, linked: &Descriptor) -> Problem {
    let (id, version, path) = (linked.id, linked.version, shown(found.path()));
    let message = format!("plugin `{id} {version}` is linked into this program, and `{path}` is a library of the same plugin");
    let package = linked.package;
    let help = format!("remove the library, or build the program without the feature that brings in the package `{package}`");
    Problem::new("KW0763", message, help)
}

fn left_out(plugin: &Descriptor, problem: &Problem) -> String {
    format!("KW0765 the native plugin `{} {}` was left out: {problem}", plugin.id, plugin.version)
}

/// Rules of the policy about plugins that are neither linked in nor were found as libraries: perhaps misspelt, which no compiler could tell.
fn unknown_names(lineup: &Lineup, tier: &NativeTier, seen: &[PluginId]) -> Vec<String> {
    let known = |id: &PluginId| {
        let available = lineup.available.iter().any(|plugin| plugin.id == *id);
        available || seen.contains(id) || lineup.plugins.iter().any(|plugin| plugin.registration.descriptor.id == *id)
    };
    let mut named: Vec<PluginId> = lineup.policy.rules.iter().filter_map(|rule| rule.plugin).collect();
    named.sort();
    named.dedup();
    let ids: Vec<_> = lineup.plugins.iter().map(|plugin| plugin.registration.descriptor.id.as_str()).collect();
    let note = |id: &PluginId| {
        let near = nearest(id.as_str(), ids.iter().copied());
        let near = near.first().map(|near| format!("; a similar name exists: `{near}`")).unwrap_or_default();
        format!("KW0764 the policy has rules for plugin `{id}`, which is neither linked in nor among the libraries{near}")
    };
    named.iter().filter(|id| !known(id) && tier.policy().may_load(id)).map(note).collect()
}
