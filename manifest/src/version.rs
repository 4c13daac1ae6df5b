//! Semantic versions and ranges as `const` data; matching follows the `semver` crate exactly.

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

impl VersionRange {
    /// The range `*`.
    pub const ANY: Self = Self { text: "*", comparators: &[] };
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
