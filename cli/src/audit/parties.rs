//! Who is who in a build: the plugin, Keyway and the SDK, what those need themselves, and what the plugin brings.

use std::collections::{BTreeMap, BTreeSet};

use crate::cargo::{Metadata, Package};

/// What a crate is to the plugin that is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Party {
    /// The plugin.
    Plugin,
    /// What it brings.
    Brought,
    /// What Keyway and the SDK bring. What they do with it is theirs; what the plugin does with it is the plugin's.
    Shared,
    /// Keyway and the SDK.
    Keyway,
}

/// The crates that a plugin is linked with.
#[derive(Debug)]
pub(crate) struct Parties {
    of: BTreeMap<String, Party>,
    paths: BTreeMap<String, Vec<String>>,
    /// What runs while the plugin is built: package and what it is.
    pub(crate) at_build_time: Vec<(String, &'static str)>,
    /// Crates of Keyway or the SDK that are not believed, since something else in the build has the same name.
    pub(crate) doubtful: Vec<String>,
}

/// The packages that are Keyway itself.
const KEYWAY: &[&str] = &["keyway", "keyway-manifest", "keyway-macros"];

impl Parties {
    /// Sorts the crates of a plugin. `sdk` are the crates that declare the host's extension points, `built` those that were built.
    pub(crate) fn of(metadata: &Metadata, plugin: &str, sdk: &[String], built: &dyn Fn(&str) -> bool) -> Self {
        let linked = metadata.linked(&[plugin], built);
        let believed = |package: &&Package| {
            package.id != plugin
                && linked.contains_key(&package.id)
                && (KEYWAY.contains(&package.name.as_str()) || package.crate_name().is_some_and(|name| sdk.contains(&name)))
        };
        let keyway: Vec<&str> = metadata.packages.iter().filter(believed).map(|package| package.id.as_str()).collect();
        let theirs = metadata.linked(&keyway, built);
        let mut parties = Self { of: BTreeMap::new(), paths: BTreeMap::new(), at_build_time: Vec::new(), doubtful: Vec::new() };
        let mut doubtful = BTreeSet::new();
        for (id, path) in &linked {
            let Some(package) = metadata.package(id) else { continue };
            let party = match id.as_str() {
                id if id == plugin => Party::Plugin,
                id if keyway.contains(&id) => Party::Keyway,
                id if theirs.contains_key(id) => Party::Shared,
                _ => Party::Brought,
            };
            if party < Party::Shared
                && let Some(what) = package.runs_at_build_time()
            {
                parties.at_build_time.push((format!("{} {}", package.name, package.version), what));
            }
            let Some(name) = package.crate_name() else { continue };
            let known = parties.of.entry(name.clone()).or_insert(party);
            if *known != party && (*known).max(party) == Party::Keyway {
                doubtful.insert(name.clone());
            }
            // Where two crates share a name, symbols do not tell them apart: the one that is believed less decides.
            *known = (*known).min(party);
            let names = path.iter().chain([id]).filter_map(|id| metadata.package(id)).map(|package| package.name.clone());
            parties.paths.entry(name).or_insert_with(|| names.skip(1).collect());
        }
        parties.doubtful = doubtful.into_iter().collect();
        parties.at_build_time.sort();
        parties
    }

    /// What a crate is; `None` for one that is not part of the plugin, such as `std`.
    pub(crate) fn party(&self, name: &str) -> Option<Party> {
        self.of.get(name).copied()
    }

    /// The packages that lead from the plugin to a crate, the plugin left out.
    pub(crate) fn path(&self, name: &str) -> &[String] {
        self.paths.get(name).map_or(&[], Vec::as_slice)
    }

    /// The names of all crates of one kind.
    pub(crate) fn all(&self, party: Party) -> impl Iterator<Item = &str> {
        self.of.iter().filter(move |(_, of)| **of == party).map(|(name, _)| name.as_str())
    }

    /// Whether a crate of this name is linked with the plugin.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.of.contains_key(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cargo::metadata;

    #[test]
    fn what_keyway_needs_is_shared_and_the_rest_is_brought() {
        let metadata = metadata(&[
            ("p", "plugin", &["keyway", "sdk", "own", "http"]),
            ("keyway", "keyway", &["serde"]),
            ("sdk", "site-sdk", &["keyway", "http"]),
            ("http", "http", &[]),
            ("serde", "serde", &[]),
            ("own", "own", &["below"]),
            ("below", "below", &[]),
        ]);
        let parties = Parties::of(&metadata, "p", &["site_sdk".to_owned()], &|_| true);
        let of = |name| parties.party(name).unwrap();
        assert_eq!([of("plugin"), of("keyway"), of("site_sdk")], [Party::Plugin, Party::Keyway, Party::Keyway]);
        assert_eq!([of("http"), of("serde")], [Party::Shared, Party::Shared]);
        assert_eq!([of("own"), of("below")], [Party::Brought, Party::Brought]);
        assert_eq!(parties.path("below"), ["own", "below"]);
        assert_eq!(parties.party("std"), None);
        let without_sdk = Parties::of(&metadata, "p", &[], &|_| true);
        assert_eq!(without_sdk.party("site_sdk"), Some(Party::Brought));
        assert!(parties.doubtful.is_empty());
    }

    #[test]
    fn a_crate_that_calls_itself_keyway_makes_keyway_doubtful() {
        let mut metadata = metadata(&[("p", "plugin", &["keyway", "false"]), ("keyway", "keyway", &[]), ("false", "other", &[])]);
        let other = metadata.packages.iter_mut().find(|package| package.id == "false").unwrap();
        other.rename_library("keyway");
        let parties = Parties::of(&metadata, "p", &[], &|_| true);
        assert_eq!(parties.party("keyway"), Some(Party::Brought));
        assert_eq!(parties.doubtful, ["keyway"]);
    }
}
