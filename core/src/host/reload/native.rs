//! What a reload does besides for a plugin that comes from a library.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use keyway_manifest::{Descriptor, Graph, LockRules, Policy, resolve_slice};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::block_in_place;

use super::candidate::Candidate;
use super::{ReloadError, ReloadPlan};
use crate::guard::catch;
use crate::host::audit::Kind;
use crate::host::config;
use crate::host::inner::Inner;
use crate::host::native::NativeLibrary;
use crate::host::release::{Release, Terms};
use crate::host::settings::Settings;
use crate::host::tell::tell;
use crate::plugin::Registration;

impl Inner {
    /// Looks for the library of a native plugin again; `None` for a plugin that is linked in.
    pub(super) fn candidate_from_disk(
        &self,
        serving: &Release,
        settings: &Arc<Settings>,
        older: bool,
    ) -> Result<Option<Candidate>, ReloadError> {
        let (Some(tier), Some(library)) = (&self.native, &serving.library) else { return Ok(None) };
        let descriptor = serving.descriptor();
        let next = tier
            .look_again(descriptor.id, Some(&library.path), older)
            .map_err(|problems| ReloadError::Library { plugin: descriptor.id, problems })?;
        for note in next.notes() {
            tell!(warn, { plugin = descriptor.id.as_str(), } "{note}");
        }
        let info = Arc::new(next.info().clone());
        // The same content is the same image, which goes on.
        let is_same = info.digest == library.digest && NativeLibrary::of(&serving.registration).is_some();
        let registration = if is_same { serving.registration.clone() } else { next.registration() };
        let mut candidate = Candidate::new(registration, Some(info), Arc::clone(settings));
        candidate.is_unchanged = is_same && is_set_alike(descriptor, &serving.settings, settings);
        candidate.older = older;
        Ok(Some(candidate))
    }

    /// Compares a release from a library with what the compiler would compare: the policy, the SDK and all plugins of the host, as at
    /// its start.
    pub(super) fn check_against_policy(&self, rank: usize, next: &'static Descriptor) -> Result<(), String> {
        let descriptor =
            |(other, member): (usize, &crate::host::member::Member)| if other == rank { next } else { member.descriptor() };
        let plugins: Vec<_> = self.members.iter().enumerate().map(descriptor).collect();
        let Terms { policy, policy_file, sdk, .. } = &self.terms;
        // The library was held to the lock when it was examined.
        let policy = Policy { lock: LockRules::DEFAULT, ..*policy };
        let libraries = self.libraries();
        let graph = Graph {
            plugins: &plugins,
            sdk: *sdk,
            available: self.available,
            libraries: &libraries,
            policy: &policy,
            policy_file,
            lock: None,
        };
        resolve_slice(&graph).map(drop).map_err(|report| report.to_string())
    }

    /// Loads the library of a candidate: from here on code of it runs.
    pub(super) async fn open(&self, candidate: &Candidate) -> Result<(), ReloadError> {
        let registration = candidate.registration.clone();
        let plugin = registration.descriptor.id;
        let open = move || NativeLibrary::of(&registration).map_or(Ok(()), NativeLibrary::open);
        match tokio::task::spawn_blocking(open).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(problem)) => Err(ReloadError::Library { plugin, problems: vec![problem] }),
            Err(ended) => match ended.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The runtime is shutting down, and this with it.
                Err(_) => std::future::pending().await,
            },
        }
    }

    /// Remembers that a signed version runs.
    pub(super) fn remember_version(&self, candidate: &Candidate) {
        let Some(tier) = &self.native else { return };
        let descriptor = candidate.registration.descriptor;
        let is_signed = candidate.library.as_ref().is_some_and(|library| library.publisher.is_some());
        if is_signed && let Err(problem) = tier.remember(&self.world.data, descriptor, candidate.older) {
            tell!(warn, { plugin = descriptor.id.as_str(), } "{problem}");
        }
    }

    /// Takes a library out of service that neither a release that serves nor one that is to serve comes from, and tells what is left of it.
    pub(super) fn retire_library(&self, registration: &Registration, serving: &Registration) -> Vec<String> {
        let Some(library) = NativeLibrary::of(registration) else { return Vec::new() };
        if NativeLibrary::of(serving).is_some_and(|serving| std::ptr::eq(serving, library)) {
            return Vec::new();
        }
        let Some(retired) = beside_other_tasks(|| library.retire()).flatten() else { return Vec::new() };
        let descriptor = registration.descriptor;
        let warnings = retired.warnings();
        let codes: Vec<_> = warnings.iter().filter_map(|warning| warning.split(' ').next()).collect();
        self.world.audit.plugin(
            descriptor,
            Kind::Retired,
            &[("digest", &retired.digest), ("text", &retired), ("warnings", &codes.join(" "))],
        );
        tracing::info!(plugin = descriptor.id.as_str(), "{retired}");
        for warning in &warnings {
            tell!(warn, { plugin = descriptor.id.as_str(), } "{warning}");
        }
        std::iter::once(retired.to_string()).chain(warnings).collect()
    }

    /// Tells that there is nothing to be done.
    pub(super) fn tell_unchanged(plan: &ReloadPlan) {
        let (id, version) = (plan.plugin.as_str(), plan.from);
        tracing::info!(plugin = id, "plugin `{id} {version}` goes on: its library and its configuration are as they were");
    }
}

/// Runs what takes its time on this very thread, and lets the runtime go on with its other tasks on another one, where it has several. A
/// retired library is looked for on the stacks of all threads but this one, and those that run are waited for. `None` when it panicked.
fn beside_other_tasks<T>(work: impl FnOnce() -> T) -> Option<T> {
    let mut work = Some(work);
    let mut run = || work.take().map(|work| work());
    if Handle::try_current().is_ok_and(|handle| handle.runtime_flavor() == RuntimeFlavor::MultiThread)
        && let Ok(done) = catch(AssertUnwindSafe(|| block_in_place(&mut run)))
    {
        return done;
    }
    // Where tasks are bound to their thread, tokio has refused by a panic, before it ran anything.
    run()
}

/// Whether a plugin is given the same configuration and limits by both.
fn is_set_alike(descriptor: &Descriptor, before: &Settings, now: &Settings) -> bool {
    let limits = |settings: &Settings| settings.limits.get(descriptor.id.as_str()).copied().unwrap_or_default();
    if limits(before) != limits(now) {
        return false;
    }
    match (config::merged(descriptor, before), config::merged(descriptor, now)) {
        (Ok(before), Ok(now)) => before == now,
        _ => false,
    }
}
