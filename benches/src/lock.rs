//! A `keyway.lock` of a fixed shape, and the plugins that it holds: each asks for two permissions, and all of them are approved.

use std::collections::BTreeMap;

use keyway_manifest::lock::{Day, Decision, Digest, LockEntry, LockFile, Moment, Permissions, PluginSource, Verdict};
use keyway_manifest::{Descriptor, Location, LockedTier, PermissionRequest, ScopeKind};

use crate::graph::descriptors;

/// Makes `count` plugins that require up to three others each and ask for two permissions.
///
/// # Panics
///
/// Never: the shape is fixed.
#[must_use]
pub fn plugins(count: usize) -> &'static [&'static Descriptor] {
    let asking = |(index, plugin): (usize, &'static Descriptor)| {
        let request = |name, scope_kind, scope: String| PermissionRequest {
            name,
            scope_kind,
            scopes: Vec::leak(vec![&*scope.leak()]),
            optional: false,
            reason: "for its pages",
            location: Location::UNKNOWN,
        };
        let permissions = vec![
            request("filesystem.read", ScopeKind::Path, format!("content/{index:04}/**")),
            request("http.routes", ScopeKind::Route, format!("/pages/{index:04}")),
        ];
        &*Box::leak(Box::new(Descriptor { permissions: Vec::leak(permissions), ..*plugin }))
    };
    Vec::leak(descriptors(count, 3).into_iter().enumerate().map(asking).collect())
}

/// The lock of these plugins, all approved.
///
/// # Panics
///
/// Never: the shape is fixed.
#[must_use]
pub fn lock_of(plugins: &[&Descriptor]) -> LockFile {
    let on: Moment = "2026-11-21T18:00:00Z".parse().expect("a moment");
    let until: Day = "2099-12-31".parse().expect("a day");
    let entry = |plugin: &Descriptor| {
        let permissions = Permissions::requested(plugin.permissions);
        let version = plugin.version.to_string();
        LockEntry {
            version: version.clone(),
            package: plugin.package.to_owned(),
            source: PluginSource::Path(format!("plugins/{}", plugin.id)),
            checksum: None,
            tier: LockedTier::Static,
            manifest: Digest::of_manifest(plugin.package),
            permissions: permissions.clone(),
            artifacts: BTreeMap::new(),
            approval: Some(Decision {
                verdict: Verdict::Approved,
                permissions,
                version,
                by: "ada@example.org".to_owned(),
                on,
                reason: Some("read it".to_owned()),
                until: Some(until),
            }),
        }
    };
    let plugins: BTreeMap<_, _> = plugins.iter().map(|plugin| (plugin.id.to_string(), entry(plugin))).collect();
    LockFile { order: plugins.keys().cloned().collect(), plugins }
}
