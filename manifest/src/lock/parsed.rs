//! From a lock that was read to the `const` form that a build is held to.

use std::collections::BTreeMap;
use std::ops::Range;

use super::model::{Decision, LockEntry, LockFile, Verdict};
use super::permissions::Permissions;
use crate::parse::{Place, Source, leak, leak_slice, parse_version};
use crate::{Approval, Location, Lock, LockedArtifacts, LockedDay, LockedPermission, LockedPlugin, PluginId, Version};

/// A lock that no rule objects to, with the places of its plugins.
#[derive(Debug, Clone)]
pub struct ParsedLock {
    /// What it says.
    pub file: LockFile,
    /// The text it was read from.
    pub source: Source,
    pub(super) places: BTreeMap<String, Range<usize>>,
}

impl ParsedLock {
    /// Where a plugin stands in the file.
    #[must_use]
    pub fn place(&self, id: &str) -> Option<Place> {
        self.places.get(id).map(|span| self.source.place(span))
    }

    /// Whether the text is the one spelling of its content; `\r\n` at the ends of lines does not count.
    #[must_use]
    pub fn is_canonical(&self) -> bool {
        self.source.text().replace("\r\n", "\n") == self.file.to_text()
    }

    /// Makes the `const` form. `today` is the day since 1970-01-01 (UTC) with which ends of approvals are compared.
    ///
    /// Its strings and lists are leaked, because a lock lives as long as the process: call it once per file.
    #[must_use]
    pub fn to_lock(&self, today: u32) -> Lock {
        let plugins = self.file.plugins.iter().map(|(id, entry)| {
            let location = self.place(id).map_or(Location::UNKNOWN, |place| place.to_location());
            plugin(id, entry, location)
        });
        Lock { plugins: leak_slice(plugins.collect()), file: leak(self.source.shown_as()), today }
    }
}

fn plugin(id: &str, entry: &LockEntry, location: Location) -> LockedPlugin {
    let approved = entry.approval.as_ref().map_or(&entry.permissions, |decision| &decision.permissions);
    let artifacts = entry.artifacts.iter().map(|(target, digests)| LockedArtifacts {
        target: leak(target),
        digests: leak_slice(digests.iter().map(|digest| leak(digest.as_str())).collect()),
    });
    LockedPlugin {
        id: PluginId::new(leak(id)),
        version: version(&entry.version),
        tier: entry.tier,
        manifest: leak(entry.manifest.as_str()),
        approved: permissions(approved),
        artifacts: leak_slice(artifacts.collect()),
        approval: entry.approval.as_ref().map_or(Approval::Pending, approval),
        location,
    }
}

fn permissions(permissions: &Permissions) -> &'static [LockedPermission] {
    let permission = |(name, permission): (&String, &super::Permission)| LockedPermission {
        name: leak(name),
        scopes: leak_slice(permission.scopes.iter().map(|scope| leak(scope)).collect()),
        optional: permission.optional,
    };
    leak_slice(permissions.by_name.iter().map(permission).collect())
}

fn approval(decision: &Decision) -> Approval {
    let (by, on) = (leak(&decision.by), leak(&decision.on.to_string()));
    let reason = leak(decision.reason.as_deref().unwrap_or_default());
    match decision.verdict {
        Verdict::Denied => Approval::Denied { by, on, reason },
        Verdict::Revoked => Approval::Revoked { by, on, reason },
        Verdict::Approved => Approval::Approved {
            by,
            on,
            version: version(&decision.version),
            until: decision.until.map(|day| LockedDay { days: day.days(), text: leak(&day.to_string()) }),
        },
    }
}

fn version(text: &str) -> Version {
    parse_version(text).expect("`parse_lock` gives a `ParsedLock` only after the rules accepted its versions")
}
