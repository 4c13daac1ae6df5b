//! The parts of a host that its operations share.

use std::collections::BTreeMap;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use keyway_manifest::{Available, Descriptor, PluginId, PointInfo, is_service};
use tokio::runtime::Handle;
use tokio::sync::OwnedMutexGuard;
use tokio::task::AbortHandle;

use super::audit;
#[cfg(feature = "data")]
use super::call::Retried;
use super::capability::World;
use super::event::Bus;
use super::job::Scheduler;
use super::limit::Limits;
use super::links::Links;
use super::member::{Member, Running};
#[cfg(feature = "native")]
use super::native::NativeTier;
use super::point_table::{Held, Kind, PointTable};
use super::release::{Release, Terms};
use super::reload::ReloadTerms;
use super::repeated::Repeated;
use super::settings::Source;
use super::state::{State, StateChange};
use super::tell::tell;
use crate::ExtensionPoint;
use crate::guard::{Breaker, CallObserver, Slot, SlotOptions, Timer, catch};
use crate::job::Job;
use crate::plugin;

/// Is told of every change of a plugin's state.
pub(super) type StateListener = Arc<dyn Fn(&StateChange) + Send + Sync>;

/// Everything behind a [`Host`](super::Host).
pub(super) struct Inner {
    /// In start order; the index is the rank.
    pub(super) members: Box<[Member]>,
    pub(super) points: Arc<PointTable>,
    pub(super) bus: Arc<Bus>,
    pub(super) jobs: Scheduler,
    /// Made when they are asked for the first time, and anew after a reload.
    pub(super) links: ArcSwapOption<Links>,
    /// The ranks sorted by id; made when the first plugin is looked up.
    pub(super) by_id: OnceLock<Box<[usize]>>,
    /// Plugins that the program's Cargo.toml knows, linked or not.
    pub(super) available: &'static [Available],
    /// What the program says that it calls.
    pub(super) calls: Vec<&'static PointInfo>,
    pub(super) limits: Limits,
    /// Where the configuration was read, and is read again.
    pub(super) sources: Vec<Source>,
    /// How plugins are reloaded.
    pub(super) reload: ReloadTerms,
    /// What follows the files of native plugins, if it is followed.
    #[cfg(feature = "native-watch")]
    pub(super) watching: OnceLock<super::native::Watching>,
    /// What releases are made with.
    pub(super) terms: Terms,
    /// Where native plugins come from; `None` when the host looks for none.
    #[cfg(feature = "native")]
    pub(super) native: Option<Arc<NativeTier>>,
    pub(super) world: Arc<World>,
    pub(super) timer: Arc<dyn Timer>,
    pub(super) observer: Arc<dyn CallObserver>,
    pub(super) listener: Option<StateListener>,
    /// Calls that failed or were refused, as far as the operator was not told yet.
    pub(super) repeated: Arc<Repeated>,
    /// Held by whatever starts or stops plugins, so that one such operation follows the other; it tells whether the host has stopped.
    pub(super) switching: Arc<tokio::sync::Mutex<bool>>,
    pub(super) clock: AbortHandle,
    /// What the host started on.
    pub(super) runtime: Handle,
}

impl Inner {
    /// Takes a place in the queue of switches, at once, so that they take place in the order in which they were asked for. What comes
    /// back waits for the turn, and may be awaited elsewhere.
    pub(super) fn turn(&self) -> impl Future<Output = OwnedMutexGuard<bool>> + Send + use<> {
        let mut turn = Box::pin(Arc::clone(&self.switching).lock_owned());
        // The first poll queues; a task that takes over is woken by its own.
        let now = turn.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        async move {
            match now {
                Poll::Ready(turn) => turn,
                Poll::Pending => turn.await,
            }
        }
    }

    pub(super) fn rank_of(&self, id: &str) -> Option<usize> {
        let by_id = self.by_id.get_or_init(|| {
            let mut ranks: Box<[usize]> = (0..self.members.len()).collect();
            ranks.sort_unstable_by_key(|rank| self.id(*rank));
            ranks
        });
        by_id.binary_search_by(|rank| self.id(*rank).as_str().cmp(id)).ok().map(|index| by_id[index])
    }

    pub(super) fn links(&self) -> Arc<Links> {
        if let Some(links) = self.links.load_full() {
            return links;
        }
        let links = Arc::new(Links::new(self));
        self.links.store(Some(Arc::clone(&links)));
        links
    }

    pub(super) fn id(&self, rank: usize) -> PluginId {
        self.members[rank].id()
    }

    /// Moves a plugin to another state, tells the listener and writes it down.
    pub(super) fn move_to(&self, rank: usize, to: State) {
        let change = self.members[rank].status().move_to(to);
        self.tell_change(rank, change);
    }

    fn tell_change(&self, rank: usize, change: Option<StateChange>) {
        let Some(change) = change else { return };
        self.note_change(rank, &change);
        if let Some(listener) = &self.listener
            && let Err(panic) = catch(AssertUnwindSafe(|| listener(&change)))
        {
            tell!(error, {} "the listener of state changes failed: {panic}");
        }
    }

    fn note_change(&self, rank: usize, change: &StateChange) {
        let release = self.members[rank].release();
        let descriptor = release.descriptor();
        let audit = &self.world.audit;
        if !audit.is_kept() {
            return;
        }
        if change.to == State::Starting {
            for grant in release.grants.granted() {
                audit.plugin(
                    descriptor,
                    audit::Kind::Granted,
                    &[("permission", &grant.name), ("scopes", &grant.scopes.join(" "))],
                );
            }
        }
        let error = self.members[rank].status().error.as_ref().map(|error| error.code());
        let details: [(_, &dyn fmt::Display); 3] = [("from", &change.from), ("to", &change.to), ("error", &error.unwrap_or(""))];
        let has_error = !change.to.is_running() && change.to != State::Starting && error.is_some();
        audit.plugin(descriptor, audit::Kind::State, &details[..if has_error { 3 } else { 2 }]);
    }

    /// Brings the state of a running plugin in line with the breakers of its extensions and subscriptions, and with its memory.
    pub(super) fn refresh_health(&self, rank: usize) {
        let change = {
            let mut status = self.members[rank].status();
            let state = status.state();
            let Some(running) = status.running.as_ref().filter(|_| state.is_running()) else { return };
            let is_well = running.extensions.iter().all(|held| held.slot.breaker() == Breaker::Closed)
                && self.bus.is_well(rank)
                && !self.members[rank].account.has_excess();
            let next = if is_well { State::Ok } else { State::RecoverableError };
            if next == state { None } else { status.move_to(next) }
        };
        self.tell_change(rank, change);
    }

    /// Makes the host's side of an extension.
    pub(super) fn hold(&self, rank: usize, release: &Release, erased: plugin::Extension) -> Arc<Held> {
        Arc::new(Held { slot: self.slot(&self.members[rank], release, erased.info), erased })
    }

    /// Makes what stands between the host and one extension or subscription of a plugin.
    pub(super) fn slot(&self, member: &Member, release: &Release, point: &'static PointInfo) -> Arc<Slot> {
        self.slot_with(member, release, point, self.slot_options())
    }

    /// Makes what stands between the host and a subscription to a durable event, whose failed deliveries are made again.
    #[cfg(feature = "data")]
    pub(super) fn slot_of_stored(&self, member: &Member, release: &Release, point: &'static PointInfo) -> Arc<Slot> {
        let observer = Arc::new(Retried(Arc::clone(&self.observer)));
        self.slot_with(member, release, point, SlotOptions { observer, ..self.slot_options() })
    }

    fn slot_with(&self, member: &Member, release: &Release, point: &'static PointInfo, options: SlotOptions) -> Arc<Slot> {
        let deadline = self.call_limit(release.descriptor(), point);
        let (plugin, traffic) = (Arc::clone(&member.number), Arc::clone(&release.traffic));
        let library = release.registration.hold();
        Arc::new(Slot::new(release.descriptor(), point, SlotOptions { deadline, plugin, traffic, library, ..options }))
    }

    /// How long one async call of a plugin at a point may take: the strictest of the point, the host and the manifest. For jobs, what
    /// the host says of them goes before the first two.
    pub(super) fn call_limit(&self, plugin: &Descriptor, point: &PointInfo) -> Option<Duration> {
        let of_jobs = self.limits.job.filter(|_| point.id == <dyn Job>::INFO.id);
        let of_host =
            of_jobs.or_else(|| point.deadline_millis.map(Duration::from_millis).into_iter().chain(self.limits.call).min());
        of_host.into_iter().chain(plugin.limits.call_millis.map(Duration::from_millis)).min()
    }

    /// Makes what stands between the host and a subscription of the program itself, which `descriptor` names.
    pub(super) fn slot_of_program(&self, descriptor: &'static Descriptor, point: &'static PointInfo) -> Arc<Slot> {
        let millis = point.deadline_millis.map(Duration::from_millis);
        let deadline = millis.into_iter().chain(self.limits.call).min();
        Arc::new(Slot::new(descriptor, point, SlotOptions { deadline, ..self.slot_options() }))
    }

    fn slot_options(&self) -> SlotOptions {
        let breaker = self.limits.breaker;
        SlotOptions { breaker, ..SlotOptions::new(Arc::clone(&self.timer), Arc::clone(&self.observer)) }
    }

    /// Shows readers the extensions of all running plugins but those of the ranks in `except`, which is sorted.
    pub(super) fn publish(&self, except: &[usize]) {
        self.points.publish(Kind::Point, self.running(except));
    }

    /// Shows everybody the extensions of all running plugins.
    pub(super) fn publish_all(&self) {
        for kind in [Kind::Service, Kind::Point] {
            self.points.publish(kind, self.running(&[]));
        }
    }

    /// Shows the users of services what the running plugins provide, when any of the given ranks provides one.
    pub(super) fn publish_services(&self, changed: &[usize]) {
        let provides = |rank: &usize| self.members[*rank].descriptor().extensions.iter().any(|entry| is_service(&entry.point.id));
        if changed.iter().any(provides) {
            self.points.publish(Kind::Service, self.running(&[]));
        }
    }

    /// The extensions of all running plugins but those of the ranks in `except`, which is sorted.
    fn running(&self, except: &[usize]) -> impl Iterator<Item = Arc<[Arc<Held>]>> {
        let members = self.members.iter().enumerate().filter(move |(rank, _)| except.binary_search(rank).is_err());
        members.filter_map(|(_, member)| {
            let status = member.status();
            let running = status.running.as_ref().filter(|_| status.state().is_running());
            running.map(|running| Arc::clone(&running.extensions))
        })
    }

    /// Ranks, which are sorted, by their start level, the first level first; within a level they stay sorted.
    pub(super) fn levels(&self, ranks: &[usize]) -> Vec<Vec<usize>> {
        let mut levels: BTreeMap<u16, Vec<usize>> = BTreeMap::new();
        ranks.iter().for_each(|&rank| levels.entry(self.members[rank].level()).or_default().push(rank));
        levels.into_values().collect()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.clock.abort();
        self.bus.close();
        self.jobs.abandon();
        let running: Vec<_> = self.members.iter().filter(|member| member.is_running()).collect();
        if let Some(first) = running.first() {
            let (count, first) = (running.len(), first.id().as_str());
            tell!(
                warn, {}
                "KW0620 a host was dropped while {count} plugins ran (`{first}` first); call and await `Host::stop` before the end"
            );
        }
        // The point table holds the plugins too; without this they would be dropped with it, in its order.
        for kind in [Kind::Point, Kind::Service] {
            self.points.publish(kind, std::iter::empty());
        }
        for member in running.into_iter().rev() {
            let (tasks, running) = {
                let mut status = member.status();
                (status.tasks.take(), status.running.take())
            };
            // The program may end before they do; nobody is left who could wait for them.
            tasks.iter().for_each(|tasks| drop(tasks.close()));
            if let Some(Running { instance, extensions, .. }) = running {
                extensions.iter().for_each(|held| held.slot.set_active(false));
                drop(extensions);
                drop(instance);
            }
        }
        self.repeated.finish();
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let states = self.members.iter().map(|member| (member.descriptor().id.as_str(), member.state()));
        formatter.debug_map().entries(states).finish()
    }
}
