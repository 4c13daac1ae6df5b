//! What a reload would do, found out before anything is done.

use std::collections::BTreeSet;
use std::fmt;

use keyway_manifest::{Descriptor, Grant, Graph, Order, PluginId, Policy, Requirement, Target, Version, grants, resolve_slice};

use super::candidate::Candidate;
use super::error::ReloadError;
use crate::host::inner::Inner;
use crate::host::library::LibraryInfo;
use crate::host::member::Member;
use crate::host::near::nearest;
use crate::host::switch::SwitchError;
use crate::state::{Downgrades, StateInfo};

/// What a reload does, or would do: made by [`Host::plan_reload`](crate::Host::plan_reload), and by the reload itself.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReloadPlan {
    /// The plugin.
    pub plugin: PluginId,
    /// The version that serves.
    pub from: Version,
    /// The version that takes its place.
    pub to: Version,
    /// The library that comes; `None` for a plugin that is linked in.
    pub library: Option<LibraryInfo>,
    /// Whether library and configuration are as they were, so that [`Host::reload`](crate::Host::reload) does nothing unless it is
    /// [told to](super::Reload::even_if_unchanged). Never for a plugin that is linked in.
    pub is_unchanged: bool,
    /// What is granted and was not before: permissions with a scope each, such as `files.read content/**`.
    pub gained: Vec<String>,
    /// What was granted and will not be.
    pub lost: Vec<String>,
    /// What becomes of its state.
    pub state: StatePlan,
    /// The running plugins that use it, directly or through others, in start order: those that require it, and those that can do without it.
    pub dependents: Vec<(PluginId, Effect)>,
}

/// What becomes of the state of a plugin that is reloaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StatePlan {
    /// There is none, or the new release has one and the old one has not.
    None,
    /// It is handed over in the form that both have.
    Same(u32),
    /// It is handed over and migrated by the new release.
    Upgraded {
        /// The form of the release that serves.
        from: u32,
        /// The form of the new one.
        to: u32,
    },
    /// It is brought into an older form by the release that serves, and handed over.
    Downgraded {
        /// The form of the release that serves.
        from: u32,
        /// The form of the new one.
        to: u32,
        /// Whether something is lost thereby, as the plugin's attribute says.
        is_lossy: bool,
    },
}

/// What a reload does to a plugin that uses the one which is reloaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Effect {
    /// Nothing: services are lent, so its next call reaches the new instance.
    Rebound,
    /// It is made anew after the plugin that it uses, in the same way and without a gap, because a service which it uses comes in a
    /// version that breaks with the one before. Its range takes both.
    Restarted,
}

impl fmt::Display for ReloadPlan {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { plugin, from, to, library, is_unchanged, gained, lost, state, dependents } = self;
        write!(formatter, "plugin `{plugin}`: {from} to {to}")?;
        if let Some(library) = library {
            write!(formatter, ", library {library}")?;
        }
        if *is_unchanged {
            formatter.write_str("\n  unchanged: there is nothing to be done")?;
        }
        for (word, permissions) in [("gains", gained), ("loses", lost)] {
            permissions.iter().try_for_each(|permission| write!(formatter, "\n  {word} {permission}"))?;
        }
        match state {
            StatePlan::None => {}
            StatePlan::Same(version) => write!(formatter, "\n  state: handed over in version {version}")?,
            StatePlan::Upgraded { from, to } => write!(formatter, "\n  state: migrated from version {from} to {to}")?,
            StatePlan::Downgraded { from, to, is_lossy } => {
                let loss = if *is_lossy { ", and something is lost thereby" } else { "" };
                write!(formatter, "\n  state: brought back from version {from} to {to}{loss}")?;
            }
        }
        dependents.iter().try_for_each(|(other, effect)| match effect {
            Effect::Rebound => write!(formatter, "\n  `{other}` goes on"),
            Effect::Restarted => write!(formatter, "\n  `{other}` is made anew"),
        })
    }
}

impl StatePlan {
    fn of(serving: Option<StateInfo>, next: Option<StateInfo>) -> Result<Self, (String, String)> {
        let (serving, next) = match (serving, next) {
            (None, _) => return Ok(Self::None),
            (Some(serving), Some(next)) => (serving, next),
            (Some(serving), None) => {
                let because = format!("it keeps a state, in version {}, and the new release keeps none", serving.version);
                let help = "disable and enable it, if the state may be lost".to_owned();
                return Err((because, help));
            }
        };
        let Some(version) = serving.version_for(next) else {
            let taken = |info: StateInfo| {
                if info.migrates_from == info.version {
                    format!("version {}", info.version)
                } else {
                    format!("the versions {} to {}", info.migrates_from, info.version)
                }
            };
            let because = format!("its state is of version {}, and the new release takes {}", serving.version, taken(next));
            let help = if next.version < serving.version && serving.downgrade == Downgrades::Refused {
                "its attribute says that no older release gets its state; disable and enable it, if the state may be lost"
            } else if next.version < serving.version {
                "go back over a release between both; or disable and enable it, if the state may be lost"
            } else {
                "reload it to a release between both first; or disable and enable it, if the state may be lost"
            };
            return Err((because, help.to_owned()));
        };
        Ok(match (serving.version, next.version) {
            (from, to) if from == to => Self::Same(version),
            (from, to) if from < to => Self::Upgraded { from, to },
            (from, to) => Self::Downgraded { from, to, is_lossy: serving.downgrade == Downgrades::Lossy },
        })
    }

    /// The form in which the state travels.
    pub(super) const fn version(self) -> Option<u32> {
        match self {
            Self::None => None,
            Self::Same(version) => Some(version),
            Self::Upgraded { from, .. } => Some(from),
            Self::Downgraded { to, .. } => Some(to),
        }
    }
}

impl Inner {
    /// Finds out what a reload would do, or why it is refused.
    pub(in crate::host) fn plan(&self, rank: usize, candidate: &Candidate, has_stopped: bool) -> Result<ReloadPlan, ReloadError> {
        let member = &self.members[rank];
        let plugin = member.id();
        if has_stopped {
            return Err(ReloadError::Unknown(SwitchError::Stopped { plugin }));
        }
        if !member.is_running() {
            return Err(ReloadError::NotRunning { plugin, state: member.state() });
        }
        let serving = member.release();
        let next = candidate.registration.descriptor;
        if !std::ptr::eq(serving.descriptor(), next) {
            let misfit = |report| ReloadError::Graph { plugin, version: next.version, report };
            self.resolved(Some((rank, next))).map_err(misfit)?;
            #[cfg(feature = "native")]
            if candidate.library.is_some() {
                self.check_against_policy(rank, next).map_err(misfit)?;
            }
        }
        let state = StatePlan::of(serving.registration.state, candidate.registration.state)
            .map_err(|(because, help)| ReloadError::State { plugin, because, help })?;
        let dependents = self.affected(rank, serving.descriptor(), next);
        let (granted, granted_next) = (self.granted(serving.descriptor()), self.granted(next));
        Ok(ReloadPlan {
            plugin,
            from: serving.descriptor().version,
            to: next.version,
            library: candidate.library.as_deref().cloned(),
            is_unchanged: candidate.is_unchanged,
            gained: granted_next.difference(&granted).cloned().collect(),
            lost: granted.difference(&granted_next).cloned().collect(),
            state,
            dependents,
        })
    }

    /// What the policy leaves of a plugin's requests: permissions with a scope each.
    fn granted(&self, descriptor: &Descriptor) -> BTreeSet<String> {
        let lines = |grant: Grant| {
            let with_scope = |scope: &&str| format!("{} {scope}", grant.name);
            if grant.scopes.is_empty() { vec![grant.name.to_owned()] } else { grant.scopes.iter().map(with_scope).collect() }
        };
        grants(descriptor, &self.terms.policy).into_iter().flat_map(lines).collect()
    }

    /// The plugins that come from libraries.
    pub(super) fn libraries(&self) -> Vec<PluginId> {
        self.members.iter().filter(|member| member.release().library.is_some()).map(Member::id).collect()
    }

    /// The order of the host's plugins, one of them with another descriptor. Host ranges were checked where a release came from, and
    /// what the policy leaves of its permissions follows from the grants.
    fn resolved(&self, other: Option<(usize, &'static Descriptor)>) -> Result<(Vec<&'static Descriptor>, Order), String> {
        let descriptor = |(rank, member): (usize, &Member)| match other {
            Some((replaced, descriptor)) if replaced == rank => descriptor,
            _ => member.descriptor(),
        };
        // A plugin that is kept off need not fit; what requires it is told so when it starts.
        let there =
            |(rank, member): &(usize, &Member)| member.is_running() || other.is_some_and(|(replaced, _)| replaced == *rank);
        let plugins: Vec<_> = self.members.iter().enumerate().filter(there).map(descriptor).collect();
        let policy = &Policy::GRANT_REQUESTED;
        let graph = Graph {
            plugins: &plugins,
            sdk: None,
            available: self.available,
            libraries: &self.libraries(),
            policy,
            policy_file: "",
            lock: None,
        };
        let resolution = resolve_slice(&graph).map_err(|report| report.to_string())?;
        Ok((plugins, resolution))
    }

    /// Brings links and start levels in line with the releases that plugins have now.
    pub(super) fn follow_graph(&self) {
        self.links.store(None);
        let Ok((plugins, resolution)) = self.resolved(None) else { return };
        for (level, indices) in resolution.levels.iter().enumerate() {
            for &index in indices {
                if let Some(rank) = self.rank_of(plugins[index].id.as_str()) {
                    self.members[rank].set_level(u16::try_from(level).unwrap_or(u16::MAX));
                }
            }
        }
    }

    fn affected(&self, rank: usize, serving: &Descriptor, next: &Descriptor) -> Vec<(PluginId, Effect)> {
        let links = self.links();
        let mut found: Vec<(usize, Effect)> = Vec::new();
        // Dependents have higher levels than what they require.
        let running = (0..self.members.len()).filter(|rank| self.members[*rank].is_running());
        for level in self.levels(&running.collect::<Vec<_>>()) {
            for other in level.into_iter().filter(|other| *other != rank) {
                let on_it = links.of(other).iter().filter(|link| link.satisfied_by.contains(&rank));
                let direct = on_it.map(|link| effect(link.requirement, serving, next)).max();
                let through = |(reached, effect): &(usize, Effect)| {
                    let requires = links.of(other).iter().any(|link| link.satisfied_by.contains(reached));
                    // Through a plugin whose own services stay as they are, nothing changes.
                    requires.then_some((*effect).min(Effect::Rebound))
                };
                let indirect = found.iter().filter_map(through).max();
                found.extend(direct.max(indirect).map(|effect| (other, effect)));
            }
        }
        found.into_iter().map(|(rank, effect)| (self.id(rank), effect)).collect()
    }

    pub(in crate::host) fn unknown(&self, id: &str) -> ReloadError {
        let ids = self.members.iter().map(|member| member.id().as_str());
        let known = self.available.iter().find(|plugin| plugin.id.as_str() == id);
        let feature = known.map(|plugin| plugin.feature).filter(|feature| !feature.is_empty());
        ReloadError::Unknown(SwitchError::Unknown { id: id.to_owned(), near: nearest(id, ids), feature })
    }
}

/// What another version of a plugin means to one that has this requirement of it.
fn effect(requirement: &Requirement, serving: &Descriptor, next: &Descriptor) -> Effect {
    let version = |plugin: &Descriptor| match requirement.target {
        Target::Plugin => Some(plugin.version),
        Target::Service => plugin.provides.iter().find(|provision| provision.id == requirement.id).map(|found| found.version),
    };
    match (version(serving), version(next)) {
        (Some(before), Some(after)) if requirement.target == Target::Service && breaks(before, after) => Effect::Restarted,
        _ => Effect::Rebound,
    }
}

/// Whether two versions differ in what Cargo counts as breaking.
const fn breaks(before: Version, after: Version) -> bool {
    before.major != after.major || (before.major == 0 && before.minor != after.minor)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn info(version: u32, migrates_from: u32, downgrade: Downgrades) -> StateInfo {
        StateInfo { version, migrates_from, downgrade }
    }

    #[test]
    fn what_becomes_of_a_state() {
        use Downgrades::{Lossy, Refused};
        assert_eq!(StatePlan::of(None, Some(info(1, 1, Refused))), Ok(StatePlan::None));
        assert_eq!(StatePlan::of(Some(info(2, 1, Refused)), Some(info(2, 2, Refused))), Ok(StatePlan::Same(2)));
        assert_eq!(
            StatePlan::of(Some(info(1, 1, Refused)), Some(info(3, 1, Refused))),
            Ok(StatePlan::Upgraded { from: 1, to: 3 })
        );
        let down = StatePlan::of(Some(info(3, 1, Lossy)), Some(info(2, 1, Refused))).unwrap();
        assert_eq!(down, StatePlan::Downgraded { from: 3, to: 2, is_lossy: true });
        assert_eq!(down.version(), Some(2), "it travels in the form that both know");
    }

    #[test]
    fn a_refusal_says_how_to_come_there() {
        let refused = |serving, next| StatePlan::of(Some(serving), next).unwrap_err();
        let (because, help) = refused(info(1, 1, Downgrades::Refused), Some(info(4, 3, Downgrades::Refused)));
        assert_eq!(because, "its state is of version 1, and the new release takes the versions 3 to 4");
        assert!(help.starts_with("reload it to a release between both first"));
        let (because, help) = refused(info(2, 1, Downgrades::Refused), Some(info(1, 1, Downgrades::Refused)));
        assert_eq!(because, "its state is of version 2, and the new release takes version 1");
        assert!(help.starts_with("its attribute says that no older release gets its state"));
        assert!(refused(info(2, 1, Downgrades::Refused), None).0.ends_with("and the new release keeps none"));
    }

    #[test]
    fn versions_break_as_cargo_counts() {
        let version = |major, minor| Version { major, minor, patch: 0, pre: "", build: "" };
        for (before, after, expected) in [
            ((1, 0), (1, 9), false),
            ((1, 0), (2, 0), true),
            ((0, 1), (0, 2), true),
            ((0, 1), (0, 1), false),
            ((0, 1), (1, 1), true),
        ] {
            assert_eq!(breaks(version(before.0, before.1), version(after.0, after.1)), expected, "{before:?} {after:?}");
        }
    }
}
