//! `keyway.lock` says what the host is made of, and all of it is approved.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use keyway_build::project::{Dependencies, Known, KnownPlugin, Manifest, ReadManifest, Selection};
use keyway_manifest::host::{read_host, relative};
use keyway_manifest::lock::{
    Digest, LOCK_FILE, LockEntry, LockFile, Permissions, PluginSource, Verdict, differences, parse_lock,
};
use keyway_manifest::{Graph, LockedTier, Policy, resolve_slice};

/// A build with some features.
struct Features(BTreeSet<String>);

impl Selection for Features {
    fn has_feature(&self, feature: &str) -> bool {
        self.0.contains(feature)
    }

    fn cfg_is_set(&self, _: &str) -> bool {
        false
    }

    fn cfg_has(&self, _: &str, _: &str) -> bool {
        false
    }
}

/// What a lock of this host says when nothing has been decided.
fn undecided(folder: &Path) -> LockFile {
    let host = read_host(folder).unwrap_or_else(|report| panic!("{report}"));
    let known = Known::read(&host, &Dependencies::new());
    let entry = |plugin: &KnownPlugin| {
        let Manifest::Read(ReadManifest { descriptor, text, .. }) = &plugin.manifest else {
            panic!("`{}` has no manifest that is right", plugin.facts.name);
        };
        let folder = plugin.folder.as_deref().unwrap_or_else(|| panic!("`{}` is a path of the workspace", plugin.facts.name));
        let entry = LockEntry {
            version: descriptor.version.to_string(),
            package: descriptor.package.to_owned(),
            source: PluginSource::Path(relative(&host.root, folder)),
            checksum: None,
            tier: LockedTier::Static,
            manifest: Digest::of_manifest(text),
            permissions: Permissions::requested(descriptor.permissions),
            artifacts: BTreeMap::new(),
            approval: None,
        };
        (descriptor.id.to_string(), entry)
    };
    let plugins = known.plugins.iter().map(entry).collect();
    let features = host.features.closure(["default"]).into_iter().map(str::to_owned).collect();
    let built = known.select(&Features(features));
    let graph = Graph {
        plugins: &built.plugins,
        sdk: None,
        available: &[],
        libraries: &[],
        policy: &Policy::GRANT_REQUESTED,
        policy_file: "",
        lock: None,
    };
    let order = resolve_slice(&graph).unwrap_or_else(|report| panic!("{report}")).order;
    LockFile { order: order.into_iter().map(|index| built.plugins[index].id.to_string()).collect(), plugins }
}

#[test]
fn the_lock_is_fresh_and_all_of_it_is_approved() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(folder.join(LOCK_FILE)).expect("the host has a lock");
    let lock = parse_lock(&text, LOCK_FILE).unwrap_or_else(|report| panic!("{report}"));
    assert!(lock.is_canonical(), "{LOCK_FILE} is spelt as `cargo keyway lock` writes it");
    let renewed = lock.file.renewed(undecided(folder));
    let differences = differences(&lock.file, &renewed, &[]);
    assert!(differences.is_empty(), "`cargo keyway lock` would change host-app/{LOCK_FILE}:\n{differences}");
    for (id, entry) in &lock.file.plugins {
        let decision = entry.approval.as_ref().unwrap_or_else(|| panic!("`{id}` waits for approval"));
        assert_eq!(decision.verdict, Verdict::Approved, "{id}");
        assert_eq!(decision.permissions, entry.permissions, "the approval of `{id}` is about what it asks for");
    }
}
