//! Compares the packages that points and events come from, and what those depend on.

use std::collections::{BTreeMap, BTreeSet};

use super::{Difference, DifferenceKind, HostFacts, Row, Verdict};
use crate::parse::printable;
use crate::record::{Record, RecordedSdk, SdkFacts};

/// A package that declares points or events, and was another when the library was built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageDifference {
    /// The package as the program has it, most often an SDK.
    pub name: String,
    /// Its version where that differs, and then the versions of all that it depends on and that differ.
    pub rows: Vec<Row>,
    /// The command that gives the plugin what the program has; empty when there is none.
    pub help: String,
}

/// Crates that are named in a help at most.
const MOST_UPDATES: usize = 3;

/// Crates whose trait objects `keyway` itself hands across: configurations and stored events go through them. Their layouts are not
/// described, so their versions must be the same.
const HANDED_ACROSS: [&str; 1] = ["erased-serde"];

/// Compares the packages of whatever the plugin uses.
pub(super) fn compare(host: &HostFacts<'_>, plugin: &Record, verdict: &mut Verdict) -> Vec<PackageDifference> {
    let points = plugin.points().iter().filter_map(|point| {
        let known = host.points.iter().find(|known| known.info.id.as_str() == point.id)?;
        Some((known.sdk, &plugin.sdks()[point.sdk]))
    });
    let events = plugin.events().iter().filter_map(|event| {
        let known = host.events.iter().find(|known| known.info.topic.as_str() == event.topic)?;
        Some((known.sdk, &plugin.sdks()[event.sdk]))
    });
    let mut pairs: Vec<(SdkFacts, &RecordedSdk)> = Vec::new();
    for pair in points.chain(events) {
        if !pairs.contains(&pair) {
            pairs.push(pair);
        }
    }
    pairs.into_iter().filter_map(|(of_host, of_plugin)| one(&of_host, of_plugin, verdict)).collect()
}

fn one(host: &SdkFacts, plugin: &RecordedSdk, verdict: &mut Verdict) -> Option<PackageDifference> {
    let mut rows = Vec::new();
    let mut updates = Vec::new();
    if (host.name, host.version) != (&plugin.name, &plugin.version) {
        let of_plugin =
            if host.name == plugin.name { shown(&plugin.version) } else { shown(&format!("{} {}", plugin.name, plugin.version)) };
        rows.push(Row::new(host.name, host.version, of_plugin));
        updates.push(format!("`cargo update -p {} --precise {}`", host.name, host.version));
    }
    match (versions(host.digest), versions(&plugin.digest)) {
        (Some(of_host), Some(of_plugin)) => {
            let mut one_sided = Vec::new();
            let names: BTreeSet<&str> = of_host.keys().chain(of_plugin.keys()).copied().collect();
            for name in names {
                let (one, other) = (of_host.get(name), of_plugin.get(name));
                if one == other {
                    continue;
                }
                let joined = |versions: &BTreeSet<&str>| shown(&versions.iter().copied().collect::<Vec<_>>().join(", "));
                let row = Row::of(shown(name), one.map(joined), other.map(joined));
                if let (Some(of_host), Some(_), true) = (one, other, HANDED_ACROSS.contains(&name)) {
                    verdict.push(handed_across(name, of_host).row(row.clone()));
                }
                // What only one side needs is seldom the cause: most often a feature of `keyway` that hosts have.
                if one.is_some() && other.is_some() { &mut rows } else { &mut one_sided }.push(row);
                if let (Some(of_host), Some(_)) = (one, other)
                    && let (Some(version), 1) = (of_host.first(), of_host.len())
                {
                    updates.push(format!("`cargo update -p {} --precise {version}`", shown(name)));
                }
            }
            rows.append(&mut one_sided);
        }
        (of_host, _) => {
            let side = if of_host.is_none() { "program" } else { "library" };
            verdict.is_undescribed(format!("what `{}` depends on in the {side}: see `keyway_build::sdk`", host.name));
        }
    }
    let more = updates.len() > MOST_UPDATES;
    updates.truncate(MOST_UPDATES);
    let help = updates.join(", ") + if more { ", …" } else { "" };
    (!rows.is_empty()).then(|| PackageDifference { name: host.name.to_owned(), rows, help })
}

fn handed_across(name: &str, of_host: &BTreeSet<&str>) -> Difference {
    let version = of_host.first().copied().unwrap_or_default();
    Difference::new(
        DifferenceKind::Keyway,
        format!("`keyway` was built from another version of `{name}`"),
        "configurations and stored events cross through trait objects of that crate",
        format!("`cargo update -p {name} --precise {}` in the plugin's workspace, and build the plugin again", shown(version)),
    )
}

/// The versions of each crate of a digest; `None` when it is unknown.
fn versions(digest: &str) -> Option<BTreeMap<&str, BTreeSet<&str>>> {
    if digest.is_empty() || digest == "unknown" {
        return None;
    }
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for line in digest.split([';', '\n']).map(str::trim).filter(|line| !line.is_empty()) {
        let (name, version) = line.rsplit_once(' ').unwrap_or((line, "unknown"));
        versions.entry(name).or_default().insert(version);
    }
    Some(versions)
}

fn shown(text: &str) -> String {
    text.chars().take(60).map(printable).collect()
}
