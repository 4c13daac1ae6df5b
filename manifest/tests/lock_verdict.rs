//! What the resolver says about plugins and a lock is what a slow reading of the file's own differences says.
#![cfg(feature = "lock")]

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use keyway_manifest::lock::{
    Day, Decision, Digest, Extent, LockEntry, LockFile, Moment, Permission, Permissions, PluginSource, Verdict, parse_lock,
    permission_changes,
};
use keyway_manifest::{
    CODES, Descriptor, Graph, LockAnswer, LockRules, LockedTier, PermissionRequest, PermissionSpec, PluginId, Policy, Report,
    Version, check_lock, resolve_slice,
};
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};

/// 2026-11-21.
const TODAY: u32 = 20_778;

/// Names with scopes that cover each other in part, of four kinds.
const ASKED: &[(&str, &[&str])] = &[
    ("events.publish", &["content.*", "content.changed", "content.**", "**", "auth.login"]),
    ("filesystem.read", &["content/**", "content/blog/*", "content/blog/a.md", "media/**", "*/**"]),
    ("http.routes", &["/**", "/page-*", "/page-1", "/feed.xml"]),
    ("network.client", &["https://*.example.org", "https://api.example.org", "https://*", "https://api.example.org:8443"]),
];

/// A random plugin with its line in the lock, if it has one.
#[derive(Debug, Clone)]
struct Random {
    requested: Permissions,
    is_locked: bool,
    is_built: bool,
    tier: LockedTier,
    version: u64,
    decision: Option<(Verdict, Permissions, u64, Option<u32>)>,
}

fn permissions() -> impl Strategy<Value = Permissions> {
    let one = |(name, scopes): &'static (&'static str, &'static [&'static str])| {
        let scopes = prop::sample::subsequence(*scopes, 1..=2);
        prop::option::of((scopes, any::<bool>())).prop_map(move |found| found.map(|(scopes, optional)| (*name, scopes, optional)))
    };
    let all: Vec<_> = ASKED.iter().map(one).collect();
    all.prop_map(|found| {
        let permission = |(name, scopes, optional): (&str, Vec<&str>, bool)| {
            (name.to_owned(), Permission { scopes: scopes.into_iter().map(str::to_owned).collect(), optional })
        };
        Permissions { by_name: found.into_iter().flatten().map(permission).collect() }
    })
}

fn random() -> impl Strategy<Value = Random> {
    let verdict = prop_oneof![6 => Just(Verdict::Approved), 1 => Just(Verdict::Denied), 1 => Just(Verdict::Revoked)];
    let until = prop::option::weighted(0.3, TODAY - 1..=TODAY + 1);
    let decision = prop::option::weighted(0.85, (verdict, prop::option::of(permissions()), 1..3_u64, until));
    let tier = prop_oneof![5 => Just(LockedTier::Static), 1 => Just(LockedTier::Native)];
    (permissions(), prop::bool::weighted(0.9), prop::bool::weighted(0.8), tier, 1..3_u64, decision).prop_map(
        |(requested, is_locked, is_built, tier, version, decision)| Random {
            // What was approved is most often what is asked for.
            decision: decision.map(|(verdict, about, version, until)| {
                let until = until.filter(|_| verdict == Verdict::Approved);
                (verdict, about.unwrap_or_else(|| requested.clone()), version, until)
            }),
            requested,
            is_locked,
            is_built,
            tier,
            version,
        },
    )
}

fn answer() -> impl Strategy<Value = LockAnswer> {
    prop_oneof![Just(LockAnswer::Pass), Just(LockAnswer::Ask)]
}

fn rules() -> impl Strategy<Value = LockRules> {
    (any::<bool>(), answer(), answer(), answer()).prop_map(|(required, narrowing, version, artifacts)| LockRules {
        required,
        narrowing,
        version,
        artifacts,
    })
}

fn leak(text: &str) -> &'static str {
    text.to_owned().leak()
}

fn id(index: usize) -> String {
    format!("site.p{index}")
}

fn describe(index: usize, plugin: &Random) -> &'static Descriptor {
    let request = |(name, permission): (&String, &Permission)| PermissionRequest {
        name: leak(name),
        scope_kind: PermissionSpec::find(name).expect("a permission of keyway").scope,
        // A manifest need not have them in the order of the lock.
        scopes: permission.scopes.iter().rev().map(|scope| leak(scope)).collect::<Vec<_>>().leak(),
        optional: permission.optional,
        reason: "for the test",
        location: keyway_manifest::Location::UNKNOWN,
    };
    Box::leak(Box::new(Descriptor {
        id: PluginId::new(id(index).leak()),
        version: Version { major: plugin.version, minor: 0, patch: 0, pre: "", build: "" },
        package: "package",
        permissions: plugin.requested.by_name.iter().map(request).collect::<Vec<_>>().leak(),
        ..Descriptor::EMPTY
    }))
}

fn entry(plugin: &Random) -> LockEntry {
    let decision = |(verdict, permissions, version, until): &(Verdict, Permissions, u64, Option<u32>)| Decision {
        verdict: *verdict,
        permissions: permissions.clone(),
        version: format!("{version}.0.0"),
        by: "ada@example.org".to_owned(),
        on: Moment::EPOCH,
        reason: Some("for the test".to_owned()),
        until: until.and_then(Day::new),
    };
    LockEntry {
        version: "1.0.0".to_owned(),
        package: "package".to_owned(),
        source: PluginSource::Path("plugins/one".to_owned()),
        checksum: None,
        tier: plugin.tier,
        manifest: Digest::sha256(b""),
        permissions: plugin.requested.clone(),
        artifacts: BTreeMap::new(),
        approval: plugin.decision.as_ref().map(decision),
    }
}

/// What is to be said about one plugin, slowly.
fn oracle(entry: Option<&LockEntry>, plugin: &Random, tier: LockedTier, rules: LockRules) -> Vec<&'static str> {
    let Some(entry) = entry else { return vec!["KW0820"] };
    let mut codes = Vec::new();
    if entry.tier != tier && rules.artifacts == LockAnswer::Ask {
        codes.push("KW0829");
    }
    let Some(decision) = &entry.approval else {
        codes.push("KW0822");
        return codes;
    };
    match decision.verdict {
        Verdict::Denied => codes.push("KW0823"),
        Verdict::Revoked => codes.push("KW0824"),
        Verdict::Approved => {
            let changes = permission_changes(&decision.permissions, &plugin.requested, &[]);
            let of = |extent| changes.iter().filter(move |change| change.extent == extent);
            let mut found = Vec::new();
            if decision.until.is_some_and(|until| until < Day::new(TODAY).expect("a day")) {
                found.push("KW0825");
            }
            found.extend(of(Extent::Wider).map(|_| "KW0821"));
            if found.is_empty() {
                if rules.version == LockAnswer::Ask && decision.version != format!("{}.0.0", plugin.version) {
                    found.push("KW0826");
                }
                if rules.narrowing == LockAnswer::Ask {
                    found.extend(of(Extent::Narrower).map(|_| "KW0827"));
                }
            }
            codes.extend(found);
        }
    }
    codes
}

/// Plugins of a case, the rules of its host, and how far its table is turned.
type Case = (Vec<Random>, LockRules, usize);

/// Compares both verdicts about a case, and notes which codes were told.
fn judge((plugins, rules, turn): Case, seen: &mut BTreeSet<&'static str>) -> Result<(), TestCaseError> {
    let entries = plugins.iter().enumerate().filter(|(_, plugin)| plugin.is_locked);
    let file = LockFile { order: Vec::new(), plugins: entries.map(|(index, plugin)| (id(index), entry(plugin))).collect() };
    let parsed = parse_lock(&file.to_text(), "host/keyway.lock").expect("what was written can be read");
    let lock = parsed.to_lock(TODAY);
    let policy = Policy { lock: rules, ..Policy::GRANT_REQUESTED };
    let built: Vec<_> = plugins.iter().enumerate().filter(|(_, plugin)| plugin.is_built).collect();
    let mut descriptors: Vec<_> = built.iter().map(|(index, plugin)| describe(*index, plugin)).collect();
    // The order of the table is nothing.
    if !descriptors.is_empty() {
        let turn = turn % descriptors.len();
        descriptors.rotate_left(turn);
    }
    let graph = Graph {
        plugins: &descriptors,
        sdk: None,
        available: &[],
        libraries: &[],
        policy: &policy,
        policy_file: "host.toml",
        lock: Some(&lock),
    };
    let told = |report: Result<(), Report>| {
        let report = report.err();
        let text = report.as_ref().map(ToString::to_string).unwrap_or_default();
        let codes: Vec<_> = report.iter().flat_map(|report| &report.problems).map(|problem| problem.code().as_str()).collect();
        (codes, text)
    };
    let linked: Vec<(String, &str)> = built
        .iter()
        .flat_map(|(index, plugin)| {
            let codes = oracle(file.plugins.get(&id(*index)), plugin, LockedTier::Static, rules);
            codes.into_iter().map(|code| (id(*index), code))
        })
        .collect();
    let (codes, text) = told(resolve_slice(&graph).map(drop));
    prop_assert_eq!(&codes, &linked.iter().map(|(_, code)| *code).collect::<Vec<_>>(), "{}", text);
    for (line, (id, code)) in text.lines().filter(|line| line.starts_with("  KW")).zip(&linked) {
        prop_assert!(line.contains(code) && line.contains(&format!("`{id} ")), "{line} is not about {id}");
    }
    seen.extend(codes);
    // As libraries they are compared one by one.
    for (index, plugin) in &built {
        let alone = [describe(*index, plugin)];
        let (codes, _) = told(check_lock(&Graph { plugins: &alone, libraries: &[alone[0].id], ..graph }));
        prop_assert_eq!(codes, oracle(file.plugins.get(&id(*index)), plugin, LockedTier::Native, rules));
    }
    Ok(())
}

#[test]
fn plugins_are_held_to_a_lock_as_its_differences_say() {
    let config = ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() };
    let seen = RefCell::new(BTreeSet::new());
    let cases = (prop::collection::vec(random(), 0..6), rules(), 0..6_usize);
    TestRunner::new(config).run(&cases, |case| judge(case, &mut seen.borrow_mut())).unwrap_or_else(|error| panic!("{error}"));
    // Only that there is a lock is the same in all cases.
    let all: BTreeSet<_> = CODES.iter().map(|code| code.1).filter(|code| code.starts_with("KW08") && *code != "KW0828").collect();
    assert_eq!(seen.into_inner(), all, "every code was told");
}
