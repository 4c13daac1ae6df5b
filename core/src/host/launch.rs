//! Starts a host from what its builder was told.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock, Weak};

use arc_swap::ArcSwapOption;
use keyway_manifest::{Descriptor, EventRole, PluginId};
use tokio::runtime::Handle;
use tokio::time::Instant;

use super::audit::{Audit, Kind};
use super::builder::HostBuilder;
use super::call::{Reaction, TokioTimer, run_clock};
use super::capability::{Mounts, SecretStore, World};
use super::data::DataFolder;
use super::event::{Bus, DurableOptions, Store, Terms};
use super::failure::Problem;
use super::inner::Inner;
use super::job::Scheduler;
use super::lineup::{Entrant, Lineup};
use super::member::Member;
#[cfg(feature = "native")]
use super::native::{Candidates, Ordered, Terms as NativeTerms};
use super::need::Needs;
#[cfg(feature = "native")]
use super::off_worker::off_worker;
use super::origin::Place;
use super::point_table::PointTable;
use super::release::{self, Reason};
use super::repeated::Repeated;
use super::report::StartReport;
use super::settings::Settings;
use super::start::{Outcome, Stakes};
use super::start_error::StartError;
use super::stop::StopReport;
use super::tell::tell;
use super::usage::Account;
use super::{Host, approval, claim, unheard, watchdog};
use crate::Census;

/// A host as it was told to be. Nothing of its plugins has run.
pub(super) struct Prepared {
    pub(super) lineup: Lineup,
    pub(super) settings: Settings,
    pub(super) needs: Needs,
    data: Arc<DataFolder>,
    pub(super) problems: Vec<Problem>,
    #[cfg(feature = "native")]
    pub(super) native: Option<Ordered>,
}

impl HostBuilder {
    /// Reads the configuration, and puts native plugins among the linked ones. A `preview` does without what this user may not read.
    #[cfg_attr(not(feature = "native"), expect(unused_variables, reason = "only libraries are previewed"))]
    pub(super) fn prepare(&mut self, preview: bool) -> Result<Prepared, Problem> {
        #[cfg_attr(not(feature = "native"), expect(unused_mut, reason = "only native plugins join what is linked"))]
        let mut lineup = std::mem::replace(&mut self.lineup, Ok(Lineup::empty()))?;
        let mut problems = Vec::new();
        check_repeated(&lineup.census, &mut problems);
        let mut settings = Settings::read(&self.sources, &mut problems);
        let data_folder = settings.data_folder.clone().or(self.data_folder.take());
        let data = Arc::new(DataFolder::new(data_folder.filter(|path| !path.as_os_str().is_empty())));
        #[cfg_attr(not(feature = "native"), expect(unused_mut, reason = "only native plugins join what is linked"))]
        let mut ids: Vec<_> = lineup.plugins.iter().map(|plugin| plugin.registration.descriptor.id).collect();
        #[cfg(feature = "native")]
        let candidates = self.native.find(&lineup, &self.world.clock, &settings, &data, preview, &mut problems);
        #[cfg(feature = "native")]
        ids.extend(candidates.iter().flat_map(Candidates::ids));
        settings.check_names(&ids, lineup.available, &mut problems);
        let needs = Needs::new(&self.needs, self.otherwise, &settings, &ids, &mut problems);
        #[cfg(feature = "native")]
        let native = {
            let terms = NativeTerms { needs: &needs, settings: &settings };
            candidates.map(|candidates| candidates.order(&mut lineup, terms, &mut problems))
        };
        Ok(Prepared {
            lineup,
            settings,
            needs,
            data,
            problems,
            #[cfg(feature = "native")]
            native,
        })
    }

    /// Starts the plugins, level by level, and answers the running host.
    ///
    /// Call it inside a tokio runtime that has its timer enabled. On a runtime with several threads, plugins of one level compute in
    /// parallel.
    ///
    /// # Errors
    /// When what the builder was given is wrong, or when a required plugin failed or could not be started; then all that had been
    /// started are stopped again. Everything is listed.
    pub async fn start(mut self) -> Result<Host, StartError> {
        let begun = Instant::now();
        #[cfg(feature = "native")]
        let has_libraries = !self.native.folders.is_empty();
        // Libraries are read, hashed and compared, which takes its time.
        #[cfg(feature = "native")]
        let prepared = if has_libraries {
            let prepare = move || {
                let prepared = self.prepare(false);
                (self, prepared)
            };
            let (builder, prepared) = off_worker(prepare).await;
            self = builder;
            prepared
        } else {
            self.prepare(false)
        };
        #[cfg(not(feature = "native"))]
        let prepared = self.prepare(false);
        #[cfg_attr(not(feature = "native"), expect(unused_mut, reason = "only native plugins are loaded"))]
        let Prepared {
            mut lineup,
            settings,
            needs,
            data,
            mut problems,
            #[cfg(feature = "native")]
            native,
        } = prepared.map_err(|problem| StartError::refused(vec![problem]))?;
        let mounts = Mounts::open(&self.mounts, &mut problems);
        if Handle::try_current().is_err() {
            let message = "the host was started outside a tokio runtime";
            problems.push(Problem::new("KW0624", message, "await `start` inside `#[tokio::main]` or `Runtime::block_on`"));
        }
        let limits = self.limits.overridden_by(&settings);
        if let Err(problem) = data.check_free() {
            problems.push(problem);
            let refused = StartError::refused(problems);
            #[cfg(feature = "native")]
            let refused = refused.with_notes(native.iter().flat_map(Ordered::notes).cloned());
            return Err(refused);
        }
        #[cfg(feature = "native")]
        let (lineup, settings, needs, mut problems, native, native_notes) = match native {
            None => (lineup, settings, needs, problems, None, None),
            Some(native) => {
                let load = move || {
                    let terms = NativeTerms { needs: &needs, settings: &settings };
                    let (native, notes) = native.load(&mut lineup, terms, &mut problems);
                    (lineup, settings, needs, problems, Some(native), Some(notes))
                };
                off_worker(load).await
            }
        };
        let http_settings = settings.http.clone();
        let made_up = std::mem::take(&mut self.world.secrets.made_up);
        let secrets = SecretStore { folder: settings.secrets.folder.clone(), environment: settings.secrets.environment, made_up };
        let audit = Arc::new(Audit::new(&data, settings.audit.0, &self.world.clock));
        let settings = Arc::new(settings);
        let terms = release::Terms {
            policy: lineup.policy,
            lock: lineup.lock,
            limits,
            audit: Arc::clone(&audit),
            #[cfg(feature = "native")]
            policy_file: lineup.policy_file,
            #[cfg(feature = "native")]
            sdk: lineup.sdk,
        };
        let now = self.world.clock.now();
        let members = lineup.plugins.into_iter().map(|Entrant { registration, level, library }| {
            let id = registration.descriptor.id.as_str();
            let is_off = settings.disabled.iter().any(|disabled| disabled == id);
            let resources = limits.resources(registration.descriptor, &settings);
            let account = Account::new(registration.descriptor, &resources, Arc::clone(&audit));
            let release = terms.release(registration, library, &settings, (1, now, Reason::Start));
            Member::new(release, level, needs.of(id), is_off, account)
        });
        let members: Box<[Member]> = members.collect();
        claim::check(&members, &self.calls, &mut problems);
        check_mounted(&members, &self.mounts, &mut problems);
        let options = settings.events.over(self.durable_events);
        let store = open_store(&members, &data, options, &mut problems);
        if !problems.is_empty() {
            let refused = StartError::refused(problems);
            #[cfg(feature = "native")]
            let refused = refused.with_notes(native_notes.into_iter().flatten());
            return Err(refused);
        }
        let patience = settings.events.publish.unwrap_or(self.publish_deadline);
        let bus = Bus::new(Terms { patience, store });
        let points = Arc::new(PointTable::new(members.iter().map(|member| member.descriptor())));
        let inner = Arc::new_cyclic(|inner: &Weak<Inner>| Inner {
            points,
            members,
            bus,
            jobs: Scheduler::new(Arc::clone(&self.world.clock)),
            links: ArcSwapOption::empty(),
            by_id: OnceLock::new(),
            available: lineup.available,
            calls: self.calls,
            limits,
            reload: settings.reload.terms(),
            #[cfg(feature = "native-watch")]
            watching: OnceLock::new(),
            sources: self.sources,
            terms,
            #[cfg(feature = "native")]
            native,
            world: Arc::new(World { mounts, data, audit, secrets, http_settings, ..self.world }),
            timer: Arc::new(TokioTimer),
            observer: Arc::new(Reaction::new(Weak::clone(inner), Handle::current())),
            listener: self.listener,
            repeated: Repeated::new(Handle::current()),
            runtime: Handle::current(),
            switching: Arc::new(tokio::sync::Mutex::new(false)),
            clock: run_clock(),
        });
        let wanted: Vec<_> = (0..inner.members.len()).filter(|rank| !inner.members[*rank].is_off).collect();
        watchdog::watch(&inner);
        inner.world.audit.host(Kind::Started, &[("plugins", &inner.members.len()), ("policy", &lineup.policy.rules.len())]);
        let outcome = inner.bring_up(&wanted, Stakes::HostStart).await;
        let report = |inner: &Inner| {
            let mut notes = lineup.census.findings();
            #[cfg(feature = "native")]
            notes.extend(native_notes.iter().flatten().cloned());
            let running = inner.members.iter().filter(|member| member.is_running()).map(Member::descriptor);
            notes.extend(approval::notes(lineup.lock, running, inner.world.clock.now()));
            notes.extend(unheard::note(&inner.members, &inner.calls));
            notes.extend(unheard::unguarded(&inner.members, &inner.calls, None));
            let unextended = unheard::unextended(&inner.members, &inner.calls);
            StartReport::new(inner, begun.elapsed(), &lineup.policy, lineup.panic_abort, notes, unextended)
        };
        match outcome {
            Outcome::Complete => {
                inner.publish(&[]);
                inner.attach_jobs(&wanted);
                #[cfg(feature = "native")]
                remember_versions(&inner);
                #[cfg(feature = "native-watch")]
                if let Some(tier) = &inner.native {
                    self.native.watch(&inner, tier, settings.native.watch);
                }
                let report = report(&inner);
                report.notes.iter().for_each(|note| tell!(warn, {} "{note}"));
                Ok(Host::new(inner, report))
            }
            Outcome::Abandoned => {
                let report = report(&inner);
                let stopped = StopReport { plugins: inner.take_down(&wanted).await };
                Err(StartError::failed(report, stopped))
            }
        }
    }
}

/// Remembers which signed versions of native plugins run.
#[cfg(feature = "native")]
fn remember_versions(inner: &Inner) {
    let Some(native) = &inner.native else { return };
    for member in inner.members.iter().filter(|member| member.is_running()) {
        let release = member.release();
        let is_signed = release.library.as_ref().is_some_and(|library| library.publisher.is_some());
        if is_signed && let Err(problem) = native.remember(&inner.world.data, release.descriptor(), false) {
            tell!(warn, { plugin = member.id().as_str(), } "{problem}");
        }
    }
}

fn check_repeated(census: &Census, problems: &mut Vec<Problem>) {
    for descriptor in census.repeated() {
        let message = format!("plugin `{} {}` is in the host's table more than once", descriptor.id, descriptor.version);
        let help = format!("name `{}` once in the list given to `host!`", descriptor.package);
        problems.push(Problem::new("KW0503", message, help));
    }
}

/// Opens the store of durable events when a plugin publishes or subscribes to one. A subscriber that the configuration disables has its
/// place there too, so that what it misses waits for it; but for its sake alone no data folder is asked for.
fn open_store(members: &[Member], data: &DataFolder, options: DurableOptions, problems: &mut Vec<Problem>) -> Option<Arc<Store>> {
    let of_member =
        |member: &'static Descriptor| member.events.iter().filter(|entry| entry.event.durable).map(move |entry| (member, entry));
    let uses: Vec<_> = members.iter().flat_map(|member| of_member(member.descriptor())).collect();
    uses.first()?;
    let first = members.iter().filter(|member| !member.is_off).find_map(|member| of_member(member.descriptor()).next());
    let can_store = cfg!(feature = "data") && data.is_named();
    if first.is_none() && !can_store {
        return None;
    }
    if let Some((first, entry)) = first.filter(|_| cfg!(feature = "data") && !data.is_named()) {
        let does = if entry.role == EventRole::Publishes { "publishes" } else { "subscribes to" };
        let (id, version, topic) = (first.id, first.version, entry.event.topic);
        let message =
            format!("plugin `{id} {version}` {does} the durable event `{topic}`, and the host has no data folder to store it in");
        let help = "add `.data_folder(\"path/of/the/folder\")` to `Host::builder`, or set `data-folder` in `[host]` of the configuration";
        problems.push(Problem::new("KW0653", message, help));
        return None;
    }
    let granted = |id: PluginId, topic: &str| {
        let member = members.iter().find(|member| member.descriptor().id == id);
        member.is_some_and(|member| member.release().grants.covers("events.subscribe", topic))
    };
    let subscribed = uses.iter().filter(|(_, entry)| entry.role == EventRole::Subscribes);
    let granted = subscribed.filter(|(plugin, entry)| granted(plugin.id, entry.event.topic.as_str()));
    let subscriptions: Vec<_> = granted.map(|(plugin, entry)| (plugin.id.as_str(), entry.event.topic.as_str())).collect();
    Store::open(data, &subscriptions, options).map_err(|problem| problems.push(problem)).ok()
}

/// Finds the folders that plugins were granted and that the program has forgotten to mount.
fn check_mounted(members: &[Member], mounts: &[(String, PathBuf)], problems: &mut Vec<Problem>) {
    for member in members.iter().filter(|member| !member.is_off) {
        let mut missing: Vec<&str> = Vec::new();
        for (permission, scope) in member.release().grants.folders() {
            // A scope such as `**` is about whatever is mounted.
            let folder = scope.split('/').next().unwrap_or(scope);
            if folder.contains('*') || missing.contains(&folder) || mounts.iter().any(|(name, _)| name == folder) {
                continue;
            }
            missing.push(folder);
            let (id, version) = (member.descriptor().id, member.descriptor().version);
            let message = format!(
                "plugin `{id} {version}` is granted `{permission}` for `{scope}`, but the host has mounted no folder `{folder}`"
            );
            let help = format!("add `.mount(\"{folder}\", \"path/of/the/folder\")` to `Host::builder`");
            let request = member.descriptor().permissions.iter().find(|request| request.name == permission);
            let place = request.and_then(|request| Place::of(request.location));
            problems.push(Problem::new("KW0627", message, help).at(place));
        }
    }
}
