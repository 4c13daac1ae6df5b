//! Holds libraries to the lock that the program was compiled with.

use std::sync::Arc;

use keyway_manifest::{
    Graph, Lock, LockAnswer, LockRules, LockedPlugin, LockedTier, PluginId, Policy, check_lock, shown, shown_text,
};
use keyway_native::{Digest, Locked};

use super::discover::Found;
use crate::capability::ClockSource;
use crate::host::approval::ApprovalInfo;
use crate::host::failure::Problem;

/// The lock of a program, and how strictly libraries are held to it.
pub(super) struct Held {
    lock: &'static Lock,
    rules: LockRules,
    policy_file: &'static str,
    clock: Arc<dyn ClockSource>,
}

impl Held {
    pub(super) fn new(lock: &'static Lock, policy: &Policy, policy_file: &'static str, clock: Arc<dyn ClockSource>) -> Self {
        Self { lock, rules: policy.lock, policy_file, clock }
    }

    /// What does not fit: what the plugin asks for, its approval, its tier, and its manifest. Whether its digest is one of those that are
    /// locked is for the verification to say, with [`digests`](Self::digests).
    pub(super) fn check(&self, found: &Found) -> Vec<Problem> {
        let descriptor = found.descriptor;
        let mut problems = Vec::new();
        // The compiler's day is long past: what counts is the day on which a library is loaded.
        let lock = Lock { today: Lock::day(self.clock.now()), ..*self.lock };
        let policy = Policy { lock: self.rules, ..Policy::GRANT_REQUESTED };
        let graph = Graph {
            plugins: &[descriptor],
            sdk: None,
            available: &[],
            libraries: &[descriptor.id],
            policy: &policy,
            policy_file: self.policy_file,
            lock: Some(&lock),
        };
        if let Err(report) = check_lock(&graph) {
            let message = format!("`{}` does not fit the lock that this program was built with:\n{report}", shown(found.path()));
            problems.push(Problem::new("KW0830", message, ""));
        }
        if let Some(locked) = self.compared(descriptor.id) {
            problems.extend(self.unknown_target(found, locked));
            problems.extend(self.other_manifest(found, locked));
        }
        problems
    }

    /// Whether an approval holds on this day, for a library that was admitted on an earlier one.
    ///
    /// # Errors
    /// The approval has ended.
    pub(super) fn is_approved(&self, plugin: PluginId) -> Result<(), Problem> {
        let approval = self.lock.find(&plugin).map(|locked| locked.approval);
        let Some(until) = approval.and_then(|approval| approval.ended(Lock::day(self.clock.now()))) else { return Ok(()) };
        let message = format!(
            "the approval of plugin `{plugin}` in `{}` held until {}, so its library is not loaded",
            self.lock.file, until.text
        );
        let help = format!("look at it again, renew it with `cargo keyway approve {plugin}` and build the host anew");
        Err(Problem::new("KW0830", message, help))
    }

    /// The approval of a plugin; `None` for one that is not approved.
    pub(super) fn approval(&self, plugin: PluginId) -> Option<ApprovalInfo> {
        ApprovalInfo::of(self.lock, plugin, self.clock.now())
    }

    /// The digests of which a library of a plugin must have one; none where nothing is compared.
    pub(super) fn digests(&self, found: &Found) -> Locked {
        let locked = self.compared(found.descriptor.id);
        let digests = locked.and_then(|locked| of_target(locked, found.record.build().target.as_str()));
        let library = digests.unwrap_or_default().iter().map(|digest| (*digest).to_owned()).collect();
        Locked { library, manifest: Vec::new() }
    }

    /// The line of a plugin whose digests count.
    fn compared(&self, id: PluginId) -> Option<&'static LockedPlugin> {
        let locked = self.lock.find(&id).filter(|locked| locked.tier == LockedTier::Native);
        locked.filter(|_| self.rules.artifacts == LockAnswer::Ask)
    }

    fn unknown_target(&self, found: &Found, locked: &LockedPlugin) -> Option<Problem> {
        let target = found.record.build().target.as_str();
        if of_target(locked, target).is_some_and(|digests| !digests.is_empty()) {
            return None;
        }
        let (id, path) = (locked.id, shown(found.path()));
        let message = format!(
            "`{path}` is a library of plugin `{id}` for `{}`, and `{}` has no digest of one",
            shown_text(target),
            self.lock.file
        );
        let help = "if the library is meant, lock it with `cargo keyway lock --native FOLDER` and build the host anew; with `artifacts = \"pass\"` under \
                    `[lock]` of the policy no digests are compared";
        Some(Problem::new("KW0831", message, help))
    }

    /// A plugin.toml beside the library must be this one too: [`Rules`](super::trust::Rules) compares them.
    fn other_manifest(&self, found: &Found, locked: &LockedPlugin) -> Option<Problem> {
        let digest = Digest::of(found.record.manifest().replace("\r\n", "\n").as_bytes()).to_string();
        if locked.manifest == digest {
            return None;
        }
        let (id, path) = (locked.id, shown(found.path()));
        let message = format!(
            "the manifest of plugin `{id}` in `{path}` has the digest `{digest}`, and `{}` has `{}`",
            self.lock.file, locked.manifest
        );
        let help = "install the version that was locked; if this one is meant, lock it with `cargo keyway lock --native FOLDER` and build the host anew";
        Some(Problem::new("KW0832", message, help))
    }
}

fn of_target(locked: &LockedPlugin, target: &str) -> Option<&'static [&'static str]> {
    locked.artifacts.iter().find(|artifacts| artifacts.target == target).map(|artifacts| artifacts.digests)
}
