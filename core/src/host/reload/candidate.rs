//! What is to take the place of a plugin's release.

use std::sync::Arc;

use crate::host::inner::Inner;
use crate::host::library::LibraryInfo;
use crate::host::release::{Reason, Release};
use crate::host::settings::Settings;
use crate::plugin::Registration;

use super::ReloadError;

/// A release that may come: for a native plugin another image, for a static one other settings.
pub(in crate::host) struct Candidate {
    pub(in crate::host) registration: Registration,
    pub(in crate::host) library: Option<Arc<LibraryInfo>>,
    pub(in crate::host) settings: Arc<Settings>,
    pub(in crate::host) reason: Reason,
}

impl Candidate {
    /// A release as it is, or was.
    pub(super) fn again(release: &Release, reason: Reason) -> Self {
        Self {
            registration: release.registration.clone(),
            library: release.library.clone(),
            settings: Arc::clone(&release.settings),
            reason,
        }
    }

    /// The same code with another image's, or the same, and the configuration as it is now.
    pub(in crate::host) const fn new(
        registration: Registration,
        library: Option<Arc<LibraryInfo>>,
        settings: Arc<Settings>,
    ) -> Self {
        Self { registration, library, settings, reason: Reason::Reload }
    }
}

impl Inner {
    /// Reads the configuration again, from where it was read at the start.
    ///
    /// Of it, a reload takes the settings and limits of the plugins concerned; the rest of `[host]` counts at the next start.
    pub(in crate::host) fn read_settings(&self) -> Result<Arc<Settings>, ReloadError> {
        let ids: Vec<_> = self.members.iter().map(|member| member.id()).collect();
        let mut problems = Vec::new();
        let mut settings = Settings::read(&self.sources, &mut problems);
        settings.check_names(&ids, self.available, &mut problems);
        if problems.is_empty() { Ok(Arc::new(settings)) } else { Err(ReloadError::Configuration(problems)) }
    }

    /// What [`Host::reload`](crate::Host::reload) puts in place of a plugin's release.
    pub(in crate::host) fn candidate(&self, id: &str) -> Result<(usize, Candidate), ReloadError> {
        let rank = self.rank_of(id).ok_or_else(|| self.unknown(id))?;
        let release = self.members[rank].release();
        let settings = self.read_settings()?;
        Ok((rank, Candidate::new(release.registration.clone(), release.library.clone(), settings)))
    }

    /// The release that a candidate becomes.
    pub(super) fn next_release(&self, rank: usize, candidate: &Candidate) -> Arc<Release> {
        let member = &self.members[rank];
        let generation = member.release().generation + 1;
        let at = (generation, self.world.clock.now(), candidate.reason);
        let Candidate { registration, library, settings, .. } = candidate;
        Arc::new(self.terms.release(registration.clone(), library.clone(), settings, at))
    }
}
