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

/// Compares what the descriptors say about each point. Traits that differ in nothing but their name are found when they start.
pub(super) fn check(members: &[Member], problems: &mut Vec<Problem>) {
    let mut first: BTreeMap<PluginId, (&Descriptor, &PointInfo)> = BTreeMap::new();
    let mut told: Vec<PluginId> = Vec::new();
    for descriptor in members.iter().map(|member| member.descriptor) {
        for point in descriptor.extensions.iter().map(|entry| entry.point) {
            let (other, claimed) = *first.entry(point.id).or_insert((descriptor, point));
            if is_same(claimed, point) || told.contains(&point.id) {
                continue;
            }
            told.push(point.id);
            let who = if other.id == descriptor.id {
                format!("plugin `{} {}` extends", other.id, other.version)
            } else {
                format!("plugins `{} {}` and `{} {}` extend", other.id, other.version, descriptor.id, descriptor.version)
            };
            let message = format!(
                "{who} two traits that claim the point `{}`: one {}, one {}",
                point.id,
                describe(claimed),
                describe(point)
            );
            problems.push(Problem::new("KW0613", message, HELP));
        }
    }
}

fn is_same(left: &PointInfo, right: &PointInfo) -> bool {
    std::ptr::eq(left, right)
        || (left.version == right.version && left.on_failure == right.on_failure && left.methods == right.methods)
}

fn describe(point: &PointInfo) -> String {
    let methods: Vec<_> = point.methods.iter().map(|(name, _)| format!("`{name}`")).collect();
    let methods = if methods.is_empty() { "no methods".to_owned() } else { methods.join(", ") };
    format!("in version {} with {methods}", point.version)
}
