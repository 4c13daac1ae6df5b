//! One point id belongs to one trait: where two traits claim it, the extensions of one of them would never be called.

use std::collections::BTreeMap;
use std::fmt;

use keyway_manifest::{Descriptor, PluginId, PointInfo};

use super::failure::Problem;
use super::member::Member;

/// What helps where two traits claim one id.
pub(super) const HELP: &str =
    "give each `#[extension_point]` an id of its own; if both are one trait of one SDK, `cargo tree -d` shows its two versions";

/// An extension whose point belongs to another trait.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ClaimedPoint {
    /// The point's id.
    pub point: PluginId,
    /// The trait that the plugin extends, with its path.
    pub found: &'static str,
    /// The trait to which the point belongs in this host, with its path.
    pub expected: &'static str,
    /// The plugin that extends that one.
    pub by: PluginId,
}

impl fmt::Display for ClaimedPoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { point, found, expected, by } = self;
        write!(formatter, "extends `{found}`, but the point `{point}` is that of `{expected}`, which `{by}` extends")
    }
}

/// Who has to do with a point.
#[derive(Clone, Copy)]
enum Party {
    Program,
    Extends(&'static Descriptor),
    Asks(&'static Descriptor),
}

/// Compares what the descriptors, and the program about the points that it `calls`, say about each point. Traits that differ in
/// nothing but their name are found when they start.
pub(super) fn check(members: &[Member], calls: &[&'static PointInfo], problems: &mut Vec<Problem>) {
    let of_plugins = members.iter().map(|member| member.descriptor()).flat_map(|descriptor| {
        let extends = descriptor.extensions.iter().map(move |entry| (Party::Extends(descriptor), entry.point));
        extends.chain(descriptor.asks.iter().map(move |entry| (Party::Asks(descriptor), entry.point)))
    });
    let mut first: BTreeMap<PluginId, (Party, &PointInfo)> = BTreeMap::new();
    let mut told: Vec<PluginId> = Vec::new();
    for (party, point) in of_plugins.chain(calls.iter().map(|point| (Party::Program, *point))) {
        let (other, claimed) = *first.entry(point.id).or_insert((party, point));
        if is_same(claimed, point) || told.contains(&point.id) {
            continue;
        }
        told.push(point.id);
        let (one, two) = (describe(claimed), describe(point));
        let message = format!("{} two traits that claim the point `{}`: one {one}, one {two}", both(other, party), point.id);
        problems.push(Problem::new("KW0613", message, HELP));
    }
}

/// The beginning of the sentence about two parties.
fn both(first: Party, second: Party) -> String {
    match (first, second) {
        (Party::Extends(first), Party::Extends(second)) if first.id == second.id => {
            format!("plugin `{} {}` extends", first.id, first.version)
        }
        (Party::Extends(first), Party::Extends(second)) => {
            format!("plugins `{} {}` and `{} {}` extend", first.id, first.version, second.id, second.version)
        }
        _ => format!("{first} and {second}"),
    }
}

impl fmt::Display for Party {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Program => formatter.write_str("the program calls"),
            Self::Extends(plugin) => write!(formatter, "plugin `{} {}` extends", plugin.id, plugin.version),
            Self::Asks(plugin) => write!(formatter, "plugin `{} {}` asks", plugin.id, plugin.version),
        }
    }
}

fn is_same(left: &PointInfo, right: &PointInfo) -> bool {
    std::ptr::eq(left, right)
        || (left.version == right.version
            && left.on_failure == right.on_failure
            && left.mode == right.mode
            && left.methods == right.methods)
}

fn describe(point: &PointInfo) -> String {
    let methods: Vec<_> = point.methods.iter().map(|(name, _)| format!("`{name}`")).collect();
    let methods = if methods.is_empty() { "no methods".to_owned() } else { methods.join(", ") };
    format!("in version {} with {methods}", point.version)
}
