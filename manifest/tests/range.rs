//! Ranges and precedence say exactly what the `semver` crate says.

use keyway_manifest::{Comparator, Operator, Version, VersionRange};

/// Pre-releases whose comparison exercises each rule: numbers, words, lengths, prefixes, and the release itself.
const PRE_RELEASES: &[&str] = &[
    "0",
    "1",
    "2",
    "9",
    "10",
    "11",
    "100",
    "a",
    "alpha",
    "alpha.0",
    "alpha.1",
    "alpha.1.0",
    "alpha.beta",
    "alpha.10",
    "alpha.9",
    "alpha-1",
    "beta",
    "beta.2",
    "beta.11",
    "rc.1",
    "rc.1.x",
    "x-y-z",
    "-",
    "--1",
    "99999999999999999999",
    "99999999999999999998",
    "A",
];
const BUILDS: &[&str] = &["", "", "1", "build.7", "001"];

/// A generator of numbers with a fixed seed (xorshift64, Marsaglia 2003).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % limit
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.below(of.len() as u64)).expect("an index")]
    }

    /// Mostly small, so that parts are often equal; sometimes at the edge.
    fn part(&mut self) -> u64 {
        if self.below(40) == 0 { self.pick(&[u64::MAX, u64::MAX - 1, 10, 11]) } else { self.below(3) }
    }
}

fn theirs(version: &Version) -> semver::Version {
    semver::Version {
        major: version.major,
        minor: version.minor,
        patch: version.patch,
        pre: semver::Prerelease::new(version.pre).expect("a valid pre-release"),
        build: semver::BuildMetadata::new(version.build).expect("valid build metadata"),
    }
}

fn random_version(random: &mut Random) -> Version {
    Version {
        major: random.part(),
        minor: random.part(),
        patch: random.part(),
        pre: random_pre_release(random),
        build: random.pick(BUILDS),
    }
}

/// Every second one is a release.
fn random_pre_release(random: &mut Random) -> &'static str {
    if random.below(2) == 0 { "" } else { random.pick(PRE_RELEASES) }
}

fn random_comparator(random: &mut Random) -> Comparator {
    let operator = random.pick(&[
        Operator::Exact,
        Operator::Greater,
        Operator::GreaterEq,
        Operator::Less,
        Operator::LessEq,
        Operator::Tilde,
        Operator::Caret,
        Operator::Caret,
        Operator::Wildcard,
    ]);
    let minor = (random.below(5) > 0).then(|| random.part());
    let patch = if matches!(operator, Operator::Wildcard) {
        None
    } else {
        minor.and_then(|_| (random.below(5) > 0).then(|| random.part()))
    };
    let pre = if patch.is_some() { random_pre_release(random) } else { "" };
    Comparator { operator, major: random.part(), minor, patch, pre }
}

fn their_comparator(comparator: &Comparator) -> semver::Comparator {
    let op = match comparator.operator {
        Operator::Exact => semver::Op::Exact,
        Operator::Greater => semver::Op::Greater,
        Operator::GreaterEq => semver::Op::GreaterEq,
        Operator::Less => semver::Op::Less,
        Operator::LessEq => semver::Op::LessEq,
        Operator::Tilde => semver::Op::Tilde,
        Operator::Caret => semver::Op::Caret,
        Operator::Wildcard => semver::Op::Wildcard,
    };
    let pre = semver::Prerelease::new(comparator.pre).expect("a valid pre-release");
    semver::Comparator { op, major: comparator.major, minor: comparator.minor, patch: comparator.patch, pre }
}

#[test]
fn a_million_pairs_match_as_in_semver() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let versions: Vec<Version> = (0..1_200).map(|_| random_version(&mut random)).collect();
    let their_versions: Vec<semver::Version> = versions.iter().map(theirs).collect();
    let (mut pairs, mut matching) = (0_u32, 0_u32);
    for _ in 0..2_500 {
        let count = random.below(3) + u64::from(random.below(8) > 0);
        let comparators: Vec<Comparator> = (0..count).map(|_| random_comparator(&mut random)).collect();
        let their_range = semver::VersionReq { comparators: comparators.iter().map(their_comparator).collect() };
        let range = VersionRange { text: "", comparators: comparators.leak() };
        for (version, their_version) in versions.iter().zip(&their_versions) {
            let answer = range.matches(version);
            assert_eq!(answer, their_range.matches(their_version), "`{their_range}` and `{their_version}`");
            pairs += 1;
            matching += u32::from(answer);
        }
    }
    assert!(pairs >= 1_000_000, "only {pairs} pairs were compared");
    // A test in which nearly all pairs miss would prove little.
    assert!(matching > pairs / 20 && matching < pairs * 19 / 20, "{matching} of {pairs} match");
}

#[test]
fn precedence_is_that_of_semver() {
    let mut random = Random(0xdead_beef_cafe_f00d);
    let versions: Vec<(Version, semver::Version)> =
        (0..450).map(|_| random_version(&mut random)).map(|version| (version, theirs(&version))).collect();
    for (left, their_left) in &versions {
        for (right, their_right) in &versions {
            assert_eq!(left.compare(right), their_left.cmp_precedence(their_right), "`{left}` and `{right}`");
        }
    }
}

#[test]
fn a_star_takes_no_pre_release_but_a_conflict_with_a_star_does() {
    let candidate = Version { major: 2, minor: 0, patch: 0, pre: "rc.1", build: "" };
    assert!(!VersionRange::ANY.matches(&candidate));
    let conflict = keyway_manifest::Conflict {
        id: keyway_manifest::PluginId::new("site.old"),
        range: VersionRange::ANY,
        reason: "",
        location: keyway_manifest::Location::UNKNOWN,
    };
    assert!(conflict.applies_to(&candidate));
}
