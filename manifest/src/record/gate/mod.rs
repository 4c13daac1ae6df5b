//! The gate: whether a library fits the program that is to load it.
//!
//! Only what the plugin uses is compared: a point that changed keeps out those that extend, ask or use it, and nobody else. What is
//! unknown never refuses a library by itself.

mod build;
mod difference;
mod event;
mod interface;
mod mend;
mod numbered;
mod package;
mod render;
mod shown;
mod trait_object;
mod type_id;
mod types;
mod verdict;

use super::read::Record;
use super::{BuildFacts, EventLayout, PointLayout, TypeLayout};
pub use difference::{Difference, DifferenceKind, Row};
pub use package::PackageDifference;
pub(super) use type_id::bytes as id_bytes;
use types::Types;
pub use verdict::Verdict;

/// What a program knows of itself and of what its plugins use.
#[derive(Debug, Clone, Copy)]
pub struct HostFacts<'a> {
    /// How the program was built.
    pub build: BuildFacts,
    /// Every point that it knows, its own and those of its SDKs.
    pub points: &'a [&'static PointLayout],
    /// Every event that it knows.
    pub events: &'a [&'static EventLayout],
    /// The types of `keyway` that cross the boundary.
    pub boundary: &'a [&'static TypeLayout],
}

/// Compares a library with the program that is to load it, and finds all differences at once.
#[must_use]
pub fn compare(host: &HostFacts<'_>, plugin: &Record) -> Verdict {
    let mut verdict = Verdict::new(plugin);
    build::compare(&host.build, plugin.build(), &mut verdict);
    let packages = package::compare(host, plugin, &mut verdict);
    let mut types = Types::new(host, plugin, &packages);
    types.compare_own(host.boundary, &mut verdict);
    interface::compare(host, plugin, &mut types, &mut verdict);
    event::compare(host, plugin, &mut types, &mut verdict);
    verdict.finish(packages)
}

/// Whether a change from one version to another may break what relies on it: another major version, before 1.0 another minor one, or a
/// version before a release.
fn is_breaking(one: &semver::Version, other: &semver::Version) -> bool {
    let kept = |version: &semver::Version| match (version.major, version.minor) {
        (0, 0) => (0, 0, version.patch),
        (0, minor) => (0, minor, 0),
        (major, _) => (major, 0, 0),
    };
    kept(one) != kept(other) || one.pre != other.pre
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_breaks() {
        let is_breaking = |one: &str, other: &str| super::is_breaking(&one.parse().unwrap(), &other.parse().unwrap());
        for (one, other) in
            [("1.0.0", "2.0.0"), ("0.1.0", "0.2.0"), ("0.0.1", "0.0.2"), ("0.9.0", "1.0.0"), ("1.0.0-rc.1", "1.0.0")]
        {
            assert!(is_breaking(one, other) && is_breaking(other, one), "{one} {other}");
        }
        for (one, other) in [("1.0.0", "1.9.3"), ("0.1.0", "0.1.7"), ("1.0.0", "1.0.0"), ("1.0.0+a", "1.0.0+b")] {
            assert!(!is_breaking(one, other) && !is_breaking(other, one), "{one} {other}");
        }
    }
}
