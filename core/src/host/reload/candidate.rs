//! What is to take the place of a plugin's release.

use std::sync::Arc;

use keyway_manifest::PluginId;
use tokio::task::JoinError;

use crate::host::audit::Kind;
use crate::host::inner::Inner;
use crate::host::library::LibraryInfo;
use crate::host::release::{Reason, Release};
use crate::host::settings::Settings;
use crate::host::tell::tell;
use crate::plugin::Registration;

use super::{Reload, ReloadError};

/// A release that may come: for a native plugin another image, for a static one other settings.
pub(in crate::host) struct Candidate {
    pub(in crate::host) registration: Registration,
    pub(in crate::host) library: Option<Arc<LibraryInfo>>,
    pub(in crate::host) settings: Arc<Settings>,
    pub(in crate::host) reason: Reason,
    /// Whether it is what serves already: the same image with the same configuration.
    pub(super) is_unchanged: bool,
    /// Whether somebody asked for an older version than the highest that ran before.
    #[cfg_attr(not(feature = "native"), expect(dead_code, reason = "only libraries are signed"))]
    pub(super) older: bool,
}

impl Candidate {
    /// A release as it is, or was.
    pub(super) fn again(release: &Release, reason: Reason) -> Self {
        Self {
            registration: release.registration.clone(),
            library: release.library.clone(),
            settings: Arc::clone(&release.settings),
            reason,
            is_unchanged: false,
            older: false,
        }
    }

    /// The same code with another image's, or the same, and the configuration as it is now.
    pub(in crate::host) const fn new(
        registration: Registration,
        library: Option<Arc<LibraryInfo>>,
        settings: Arc<Settings>,
    ) -> Self {
        Self { registration, library, settings, reason: Reason::Reload, is_unchanged: false, older: false }
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

    /// What [`Host::reload`](crate::Host::reload) puts in place of a plugin's release. Files are read on a thread of their own.
    pub(in crate::host) async fn candidate(self: &Arc<Self>, request: &Reload) -> Result<(usize, Candidate), ReloadError> {
        let rank = self.rank_of(&request.plugin).ok_or_else(|| self.unknown(&request.plugin))?;
        let (inner, older) = (Arc::clone(self), request.older);
        let find = move || inner.find_candidate(rank, older);
        let found = match tokio::task::spawn_blocking(find).await.map_err(JoinError::try_into_panic) {
            Ok(found) => found,
            Err(Ok(panic)) => std::panic::resume_unwind(panic),
            // The runtime is shutting down, and this with it.
            Err(Err(_)) => std::future::pending().await,
        };
        let mut candidate = found?;
        candidate.is_unchanged &= !request.even_if_unchanged;
        Ok((rank, candidate))
    }

    #[cfg_attr(not(feature = "native"), expect(unused_variables, reason = "only libraries are signed"))]
    fn find_candidate(&self, rank: usize, older: bool) -> Result<Candidate, ReloadError> {
        let release = self.members[rank].release();
        let settings = self.read_settings()?;
        #[cfg(feature = "native")]
        if let Some(candidate) = self.candidate_from_disk(&release, &settings, older)? {
            return Ok(candidate);
        }
        Ok(Candidate::new(release.registration.clone(), release.library.clone(), settings))
    }

    /// Writes down that the library of a plugin was refused, and tells it.
    pub(in crate::host) fn note_refused(&self, error: &ReloadError, reason: Reason) {
        if let ReloadError::Library { plugin, .. } = error
            && let Some(rank) = self.rank_of(plugin.as_str())
        {
            let descriptor = self.members[rank].descriptor();
            self.world.audit.plugin(descriptor, Kind::ReloadFailed, &[("step", &error.step()), ("error", error)]);
            tell_failed(descriptor.id, error, reason);
        }
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

/// Tells why a plugin goes on as it was. Whoever asked for the reload is given the error too, and need not be told twice where there is no
/// log.
pub(super) fn tell_failed(plugin: PluginId, error: &ReloadError, reason: Reason) {
    let id = plugin.as_str();
    match reason {
        // Nobody asked.
        Reason::Changed => tell!(error, { plugin = id, } "{error}"),
        _ => tracing::error!(plugin = id, "{error}"),
    }
}
