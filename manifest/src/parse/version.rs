//! Versions and ranges: read by the `semver` crate, kept as `const` data.

use crate::{Comparator, Operator, Version, VersionRange};

use super::descriptor::{leak, leak_slice};

/// Reads a version.
///
/// # Errors
/// What the `semver` crate says about it.
pub fn parse_version(text: &str) -> Result<Version, semver::Error> {
    let version = semver::Version::parse(text)?;
    Ok(Version {
        major: version.major,
        minor: version.minor,
        patch: version.patch,
        pre: leak(version.pre.as_str()),
        build: leak(version.build.as_str()),
    })
}

/// Reads a version range in Cargo's syntax. The text is kept for messages.
///
/// # Errors
/// What the `semver` crate says about it.
pub(crate) fn parse_range(text: &str) -> Result<VersionRange, semver::Error> {
    let range = semver::VersionReq::parse(text)?;
    let comparators = range.comparators.iter().map(comparator).collect();
    Ok(VersionRange { text: leak(text.trim()), comparators: leak_slice(comparators) })
}

fn comparator(comparator: &semver::Comparator) -> Comparator {
    let operator = match comparator.op {
        semver::Op::Exact => Operator::Exact,
        semver::Op::Greater => Operator::Greater,
        semver::Op::GreaterEq => Operator::GreaterEq,
        semver::Op::Less => Operator::Less,
        semver::Op::LessEq => Operator::LessEq,
        semver::Op::Tilde => Operator::Tilde,
        semver::Op::Wildcard => Operator::Wildcard,
        // `Op` may grow; every operator of semver 1 is above, so what is left is the caret.
        _ => Operator::Caret,
    };
    Comparator {
        operator,
        major: comparator.major,
        minor: comparator.minor,
        patch: comparator.patch,
        pre: leak(comparator.pre.as_str()),
    }
}
