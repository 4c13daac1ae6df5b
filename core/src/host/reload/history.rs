//! The releases that a plugin had, to go back to.

use std::sync::Arc;
use std::time::SystemTime;

use keyway_manifest::{PluginId, Version};
use tokio::time::Instant;

use super::retired::Retired;
use super::{Candidate, ReloadError};
use crate::host::inner::Inner;
use crate::host::release::{Reason, Release};
use crate::host::tell::tell;

/// The releases of one plugin in this run of the host.
#[derive(Default)]
pub(in crate::host) struct History {
    /// Those before the one that serves, the newest last.
    past: Vec<Arc<Release>>,
    /// Until when the one that serves is on probation.
    probation: Option<Instant>,
}

/// One release of a plugin, as an operator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReleaseInfo {
    /// The plugin.
    pub plugin: PluginId,
    /// Its version.
    pub version: Version,
    /// Counts the releases of the plugin in this run of the host, from 1.
    pub generation: u32,
    /// SHA-256 as `sha256:` and 64 hexadecimal digits: of the library of a native plugin, of the configuration of one that is linked in.
    pub digest: String,
    /// When it was made.
    pub since: SystemTime,
    /// Why.
    pub reason: Reason,
    /// Whether it serves.
    pub is_current: bool,
}

impl ReleaseInfo {
    fn of(release: &Release, is_current: bool) -> Self {
        let descriptor = release.descriptor();
        Self {
            plugin: descriptor.id,
            version: descriptor.version,
            generation: release.generation,
            digest: release.digest(),
            since: release.since,
            reason: release.reason,
            is_current,
        }
    }
}

impl Inner {
    /// The releases of a plugin, the newest first.
    pub(in crate::host) fn releases(&self, rank: usize) -> Vec<ReleaseInfo> {
        let member = &self.members[rank];
        let past = member.history().past.clone();
        let current = ReleaseInfo::of(&member.release(), true);
        std::iter::once(current).chain(past.iter().rev().map(|release| ReleaseInfo::of(release, false))).collect()
    }

    /// Notes that a release was replaced, and puts the new one on probation.
    pub(super) fn remember(&self, rank: usize, old: &Retired, new: &Release) {
        let mut history = self.members[rank].history();
        if matches!(new.reason, Reason::RollBack | Reason::Probation) {
            // What was gone back to is no longer past, and what was left is not to be gone back to.
            history.past.pop();
            history.probation = None;
            return;
        }
        history.past.push(Arc::clone(&old.release));
        let most = self.reload.history;
        if history.past.len() > most {
            let surplus = history.past.len() - most;
            history.past.drain(..surplus);
        }
        history.probation = self.reload.probation.map(|time| Instant::now() + time);
    }

    /// The release before the one that serves.
    pub(in crate::host) fn previous(&self, rank: usize, reason: Reason) -> Result<Candidate, ReloadError> {
        let member = &self.members[rank];
        let history = member.history();
        let previous = history.past.last().ok_or_else(|| ReloadError::NoHistory { plugin: member.id() })?;
        Ok(Candidate::again(previous, reason))
    }

    /// Goes back by itself when a breaker of a release on probation opens.
    pub(in crate::host) fn tripped(self: &Arc<Self>, rank: usize) {
        let is_on_probation = |until: Option<Instant>| until.is_some_and(|until| Instant::now() < until);
        // Taken out, so that one breaker after the other does not go back one release after the other.
        let probation = self.members[rank].history().probation.take();
        if !is_on_probation(probation) {
            return;
        }
        let (host, turn) = (Arc::clone(self), self.turn());
        self.runtime.spawn(async move {
            let turn = turn.await;
            let id = host.id(rank);
            let Ok(candidate) = host.previous(rank, Reason::Probation) else { return };
            let version = candidate.registration.descriptor.version;
            tell!(
                warn,
                { plugin = id.as_str(), }
                "KW0777 plugin `{id}` failed too often within its probation after a reload; it goes back to the release before, {version}"
            );
            if let Err(error) = host.reload(rank, candidate, &turn).await {
                tell!(error, { plugin = id.as_str(), } "{error}");
            }
        });
    }
}
