//! Makes locks: one by hand to read in tests, and any that there can be.

use std::collections::{BTreeMap, BTreeSet};

use keyway_manifest::LockedTier;
use keyway_manifest::lock::{Day, Decision, Digest, LockEntry, LockFile, Moment, Permission, Permissions, PluginSource, Verdict};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;

pub(crate) fn permissions(lines: &[(&str, &[&str], bool)]) -> Permissions {
    let line = |(name, scopes, optional): &(&str, &[&str], bool)| {
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        ((*name).to_owned(), Permission { scopes, optional: *optional })
    };
    Permissions { by_name: lines.iter().map(line).collect() }
}

/// A plugin that nobody has approved yet.
pub(crate) fn entry(package: &str, requested: Permissions) -> LockEntry {
    LockEntry {
        version: "0.1.0".to_owned(),
        package: format!("cms-plugin-{package}"),
        source: PluginSource::Path(format!("plugins/{package}")),
        checksum: None,
        tier: LockedTier::Static,
        manifest: Digest::sha256(package.as_bytes()),
        permissions: requested,
        artifacts: BTreeMap::new(),
        approval: None,
    }
}

pub(crate) fn approved(approved: Permissions) -> Decision {
    Decision {
        verdict: Verdict::Approved,
        permissions: approved,
        version: "0.1.0".to_owned(),
        by: "ada@example.org".to_owned(),
        on: "2026-11-21T18:00:00Z".parse().expect("a moment"),
        reason: None,
        until: None,
    }
}

pub(crate) fn lock(order: &[&str], plugins: impl IntoIterator<Item = (&'static str, LockEntry)>) -> LockFile {
    LockFile {
        order: order.iter().map(|id| (*id).to_owned()).collect(),
        plugins: plugins.into_iter().map(|(id, entry)| (id.to_owned(), entry)).collect(),
    }
}

/// Any lock that can be written.
pub(crate) fn any_lock() -> impl Strategy<Value = LockFile> {
    btree_map(any_id(), any_entry(), 0..5).prop_flat_map(|plugins| {
        let ids: Vec<String> = plugins.keys().cloned().collect();
        let order = proptest::sample::subsequence(ids.clone(), 0..=ids.len()).prop_shuffle();
        (order, Just(plugins)).prop_map(|(order, plugins)| LockFile { order, plugins })
    })
}

fn any_id() -> impl Strategy<Value = String> {
    prop_oneof!["[a-c]\\.[a-c]", "site\\.[a-z][a-z0-9]{0,6}", "site\\.(version|permissions|approval|artifacts|scope)\\.x"]
}

/// Texts that a TOML string must not break.
fn any_text() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9 \"'\\\\#=\\[\\]{}.,é😀-]{1,12}".prop_filter("a name is not blank", |text| !text.trim().is_empty())
}

fn any_digest() -> impl Strategy<Value = Digest> {
    prop_oneof![
        any::<[u8; 2]>().prop_map(|bytes| Digest::sha256(&bytes)),
        "(blake3|md-2):[!-~]{1,20}".prop_map(|text| text.parse().expect("a digest of an unknown scheme")),
    ]
}

fn any_version() -> impl Strategy<Value = String> {
    "(0|[1-9][0-9]{0,2})\\.0\\.[0-9](-rc\\.[1-9])?(\\+[a-z]{1,4})?"
}

pub(crate) fn any_permissions() -> impl Strategy<Value = Permissions> {
    let name = prop_oneof![Just("filesystem.read"), Just("http.routes"), Just("network.client"), Just("mail.send")];
    let scope = prop_oneof![any_text(), "/?[a-b*]{1,2}(/[a-b*]{1,2}){0,2}(/\\*\\*)?"];
    let permission = (btree_set(scope, 1..4), any::<bool>()).prop_map(|(scopes, optional)| Permission { scopes, optional });
    btree_map(name.prop_map(str::to_owned), permission, 0..4).prop_map(|by_name| Permissions { by_name })
}

fn any_source() -> impl Strategy<Value = (PluginSource, Option<Digest>)> {
    let sha256 = any::<[u8; 2]>().prop_map(|bytes| Digest::sha256(&bytes));
    let path = "[a-z.]{1,8}(/[a-z]{1,8}){0,2}".prop_map(PluginSource::Path);
    let git =
        "[0-9a-f]{40}".prop_map(|revision| PluginSource::Git { url: "https://git.example/a?branch=b#c".to_owned(), revision });
    prop_oneof![
        path.prop_map(|source| (source, None)),
        git.prop_map(|source| (source, None)),
        Just((PluginSource::Library, None)),
        (option::of("[a-z]{1,8}"), sha256).prop_map(|(name, checksum)| (PluginSource::Registry(name), Some(checksum))),
    ]
}

fn any_decision(requested: Permissions) -> impl Strategy<Value = Decision> {
    let verdict = prop_oneof![Just(Verdict::Approved), Just(Verdict::Denied), Just(Verdict::Revoked)];
    let about = prop_oneof![Just(requested), any_permissions()];
    let on = (0..253_402_300_799_u64).prop_map(|seconds| Moment::new(seconds).expect("before the year 10000"));
    let until = (0..2_932_896_u32).prop_map(|days| Day::new(days).expect("before the year 10000"));
    (verdict, about, any_version(), any_text(), on, any_text(), option::of(until), any::<bool>()).prop_map(
        |(verdict, permissions, version, by, on, reason, until, has_reason)| Decision {
            verdict,
            permissions,
            version,
            by,
            on,
            reason: (verdict != Verdict::Approved || has_reason).then_some(reason),
            until: until.filter(|_| verdict == Verdict::Approved),
        },
    )
}

fn any_entry() -> impl Strategy<Value = LockEntry> {
    let artifacts = btree_map("[a-z0-9_]{1,6}-[a-z.]{1,6}", btree_set(any_digest(), 0..3), 0..3);
    let tier = prop_oneof![Just(LockedTier::Static), Just(LockedTier::Native)];
    let package = "[a-z][a-z-]{0,8}";
    (any_version(), package, any_source(), tier, any::<[u8; 2]>(), any_permissions(), artifacts).prop_flat_map(
        |(version, package, (source, checksum), tier, manifest, permissions, artifacts)| {
            option::of(any_decision(permissions.clone())).prop_map(move |approval| LockEntry {
                version: version.clone(),
                package: package.clone(),
                source: source.clone(),
                checksum: checksum.clone(),
                tier,
                manifest: Digest::sha256(&manifest),
                permissions: permissions.clone(),
                artifacts: artifacts.clone(),
                approval,
            })
        },
    )
}

/// Scopes of the kind of `filesystem.read` that meet often.
pub(crate) fn any_paths() -> impl Strategy<Value = BTreeSet<String>> {
    vec("[ab*](/[ab*]){0,2}(/\\*\\*)?", 1..4).prop_map(|scopes| scopes.into_iter().collect())
}
