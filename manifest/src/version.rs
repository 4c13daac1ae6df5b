//! Semantic versions and ranges as `const` data; matching follows the `semver` crate exactly.

use core::cmp::Ordering;

use crate::{prerelease, text};

/// A semantic version (<https://semver.org/spec/v2.0.0.html>) as `const` data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version {
    /// Major version.
    pub major: u64,
    /// Minor version.
    pub minor: u64,
    /// Patch version.
    pub patch: u64,
    /// Pre-release identifiers without the hyphen, for example `rc.1`; empty for a release.
    pub pre: &'static str,
    /// Build metadata without the plus sign; it never takes part in matching.
    pub build: &'static str,
}

/// How one comparator of a range compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `=1.2.3`
    Exact,
    /// `>1.2.3`
    Greater,
    /// `>=1.2.3`
    GreaterEq,
    /// `<1.2.3`
    Less,
    /// `<=1.2.3`
    LessEq,
    /// `~1.2.3`
    Tilde,
    /// `^1.2.3`, and a bare `1.2.3`
    Caret,
    /// `1.2.*`
    Wildcard,
}

/// One comparator of a range, for example the `>=1.2` of `>=1.2, <2`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comparator {
    /// How to compare.
    pub operator: Operator,
    /// Major version.
    pub major: u64,
    /// Minor version, when written.
    pub minor: Option<u64>,
    /// Patch version, when written.
    pub patch: Option<u64>,
    /// Pre-release identifiers; empty when none were written.
    pub pre: &'static str,
}

/// A version range in Cargo's syntax, parsed when the plugin was compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VersionRange {
    /// The range as written, for messages.
    pub text: &'static str,
    /// Comparators that must all match; empty matches every release (`*`).
    pub comparators: &'static [Comparator],
}

impl Version {
    /// Equality of all parts, build metadata too, that also runs inside rustc.
    #[must_use]
    pub const fn same(&self, other: &Self) -> bool {
        self.major == other.major
            && self.minor == other.minor
            && self.patch == other.patch
            && text::equal(self.pre, other.pre)
            && text::equal(self.build, other.build)
    }

    /// Compares by semantic-version precedence, as the `semver` crate does: build metadata counts for nothing.
    #[must_use]
    pub const fn compare(&self, other: &Self) -> Ordering {
        let core = compare_core(self, other.major, other.minor, other.patch);
        if core.is_ne() { core } else { prerelease::compare(self.pre, other.pre) }
    }
}

impl VersionRange {
    /// The range `*`.
    pub const ANY: Self = Self { text: "*", comparators: &[] };

    /// Tells whether a version lies in the range, exactly as the `semver` crate would say. A pre-release such as `2.0.0-rc.1` lies
    /// only in ranges with a comparator that names a pre-release of the same `major.minor.patch`; not even `*` takes it otherwise.
    #[must_use]
    pub const fn matches(&self, version: &Version) -> bool {
        let mut pre_release_is_named = is_release(version.pre);
        let mut comparators = self.comparators;
        while let [comparator, rest @ ..] = comparators {
            if !comparator.matches(version) {
                return false;
            }
            pre_release_is_named = pre_release_is_named || comparator.names_pre_release_of(version);
            comparators = rest;
        }
        pre_release_is_named
    }
}

impl Comparator {
    /// Tells whether a version satisfies this comparator alone; the rule about pre-releases is the range's.
    const fn matches(&self, version: &Version) -> bool {
        match self.operator {
            Operator::Exact | Operator::Wildcard => self.is_exact(version),
            Operator::Greater => self.is_beyond(version, Ordering::Greater),
            Operator::GreaterEq => self.is_exact(version) || self.is_beyond(version, Ordering::Greater),
            Operator::Less => self.is_beyond(version, Ordering::Less),
            Operator::LessEq => self.is_exact(version) || self.is_beyond(version, Ordering::Less),
            Operator::Tilde => self.is_tilde(version),
            Operator::Caret => self.is_caret(version),
        }
    }

    /// Every part that is written is equal.
    const fn is_exact(&self, version: &Version) -> bool {
        version.major == self.major
            && same_if_written(self.minor, version.minor)
            && same_if_written(self.patch, version.patch)
            && prerelease::compare(version.pre, self.pre).is_eq()
    }

    /// The version lies on the given side of all that is written; `>1.2` starts at 1.3.0.
    const fn is_beyond(&self, version: &Version, side: Ordering) -> bool {
        let Some(minor) = self.minor else { return is_side(compare_u64(version.major, self.major), side) };
        let Some(patch) = self.patch else { return is_side(compare_core(version, self.major, minor, version.patch), side) };
        let core = compare_core(version, self.major, minor, patch);
        is_side(if core.is_ne() { core } else { prerelease::compare(version.pre, self.pre) }, side)
    }

    /// `~1.2.3`: the last written part but one stays.
    const fn is_tilde(&self, version: &Version) -> bool {
        if version.major != self.major || !same_if_written(self.minor, version.minor) {
            return false;
        }
        match self.patch {
            Some(patch) if version.patch != patch => version.patch > patch,
            Some(_) | None => prerelease::compare(version.pre, self.pre).is_ge(),
        }
    }

    /// `^1.2.3`: the leftmost part that is not zero stays.
    const fn is_caret(&self, version: &Version) -> bool {
        if version.major != self.major {
            return false;
        }
        let Some(minor) = self.minor else { return true };
        let Some(patch) = self.patch else {
            return if self.major > 0 { version.minor >= minor } else { version.minor == minor };
        };
        if self.major > 0 && version.minor != minor {
            return version.minor > minor;
        }
        if version.minor != minor || ((self.major > 0 || minor > 0) && version.patch < patch) {
            return false;
        }
        if version.patch != patch {
            return self.major > 0 || minor > 0;
        }
        prerelease::compare(version.pre, self.pre).is_ge()
    }

    /// Whether it carries a pre-release of the very release that `version` leads to.
    const fn names_pre_release_of(&self, version: &Version) -> bool {
        let (Some(minor), Some(patch)) = (self.minor, self.patch) else { return false };
        !self.pre.is_empty() && compare_core(version, self.major, minor, patch).is_eq()
    }
}

const fn is_release(pre: &str) -> bool {
    matches!(pre.as_bytes(), [])
}

const fn same_if_written(written: Option<u64>, actual: u64) -> bool {
    match written {
        Some(written) => written == actual,
        None => true,
    }
}

const fn is_side(order: Ordering, side: Ordering) -> bool {
    order as i8 == side as i8
}

const fn compare_u64(left: u64, right: u64) -> Ordering {
    if left < right {
        Ordering::Less
    } else if left > right {
        Ordering::Greater
    } else {
        Ordering::Equal
    }
}

const fn compare_core(version: &Version, major: u64, minor: u64, patch: u64) -> Ordering {
    if version.major != major {
        compare_u64(version.major, major)
    } else if version.minor != minor {
        compare_u64(version.minor, minor)
    } else {
        compare_u64(version.patch, patch)
    }
}

impl core::fmt::Display for Version {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(formatter, "{}.{}.{}", self.major, self.minor, self.patch)?;
        if !self.pre.is_empty() {
            write!(formatter, "-{}", self.pre)?;
        }
        if !self.build.is_empty() {
            write!(formatter, "+{}", self.build)?;
        }
        Ok(())
    }
}

impl core::fmt::Display for VersionRange {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str(self.text)
    }
}
