//! Finds calls that do not come back, and plugins that hold too much memory. A thread of its own looks, because a hung call may hold the very thread that would have looked.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use super::inner::Inner;
use super::tell::tell;
use crate::guard::Slot;
use crate::guard::catch;
use crate::guard::mark::Marked;
use crate::guard::seat::Seat;

/// The hosts of this process whose calls are watched. One thread watches them all; it ends with the last one.
static HOSTS: Mutex<Watched> = Mutex::new(Watched { hosts: Vec::new(), is_watching: false });

struct Watched {
    hosts: Vec<Weak<Inner>>,
    is_watching: bool,
}

/// Looks so many times in the time after which a call is said to hang.
const LOOKS: u32 = 4;
/// The longest pause between two looks; a host that has just started must not wait longer for the first.
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// Watches the calls of a host as long as there is one.
pub(super) fn watch(host: &Arc<Inner>) {
    let mut watched = HOSTS.lock().unwrap_or_else(PoisonError::into_inner);
    watched.hosts.push(Arc::downgrade(host));
    if !watched.is_watching {
        match std::thread::Builder::new().name("keyway-watchdog".to_owned()).spawn(run) {
            Ok(_) => watched.is_watching = true,
            Err(error) => tell!(error, {} "calls that hang will not be noticed: no thread can be made to watch: {error}"),
        }
    }
}

/// What the watchdog knows of one thread.
#[derive(Default)]
struct Sight {
    call: Option<Marked>,
    since: Option<Instant>,
    told: Option<Told>,
}

/// A call that was told to hang.
struct Told {
    slot: Arc<Slot>,
    method: &'static str,
    thread: String,
}

fn run() {
    let mut sights: Vec<Sight> = Vec::new();
    while let Some(pause) = pause() {
        std::thread::sleep(pause);
        if let Err(panic) = catch(AssertUnwindSafe(|| look(&mut sights))) {
            tell!(error, {} "the watchdog of calls failed: {panic}");
        }
        if let Err(panic) = catch(AssertUnwindSafe(|| hosts().iter().for_each(Inner::check_memory))) {
            tell!(error, {} "the watchdog of memory failed: {panic}");
        }
    }
}

/// How long to wait before the next look; `None` when no host is left.
fn pause() -> Option<Duration> {
    let mut watched = HOSTS.lock().unwrap_or_else(PoisonError::into_inner);
    watched.hosts.retain(|host| host.strong_count() > 0);
    let limits = watched.hosts.iter().filter_map(|host| Some(host.upgrade()?.limits.hang));
    let pause = limits.min().map(|limit| (limit / LOOKS).clamp(Duration::from_millis(1), LONGEST_PAUSE));
    watched.is_watching = pause.is_some();
    pause
}

fn look(sights: &mut Vec<Sight>) {
    let seats = Seat::all();
    sights.resize_with(seats.len().max(sights.len()), Sight::default);
    for (seat, sight) in seats.into_iter().zip(sights) {
        match seat.look() {
            Some((call, true)) if sight.call == Some(call) => {}
            // It is another call than the one of the last look, even when it is of the same method.
            other => {
                if let Some(told) = sight.told.take() {
                    told.came_back(sight.since);
                }
                *sight = Sight { call: other.map(|(call, _)| call), since: other.map(|_| Instant::now()), told: None };
            }
        }
        let (Some(call), Some(since), None) = (sight.call, sight.since, &sight.told) else { continue };
        sight.told =
            find(call, since.elapsed()).map(|(slot, limit)| Told::tell(slot, call, seat.thread(), since.elapsed(), limit));
    }
}

/// The hosts that there are.
fn hosts() -> Vec<Arc<Inner>> {
    let hosts = HOSTS.lock().unwrap_or_else(PoisonError::into_inner).hosts.clone();
    hosts.iter().filter_map(Weak::upgrade).collect()
}

/// The slot of a call, when its host finds that it hangs.
fn find(call: Marked, elapsed: Duration) -> Option<(Arc<Slot>, Duration)> {
    hosts()
        .into_iter()
        .filter(|host| elapsed >= host.limits.hang)
        .find_map(|host| Some((host.slot_numbered(call.slot)?, host.limits.hang)))
}

impl Inner {
    fn slot_numbered(&self, number: u32) -> Option<Arc<Slot>> {
        let extension = self.members.iter().find_map(|member| {
            let status = member.status();
            let mut extensions = status.running.as_ref()?.extensions.iter();
            extensions.find(|held| held.slot.number() == number).map(|held| Arc::clone(&held.slot))
        });
        extension.or_else(|| self.bus.slot_numbered(number))
    }
}

impl Told {
    fn tell(slot: Arc<Slot>, call: Marked, thread: String, elapsed: Duration, limit: Duration) -> Self {
        let (plugin, version) = (slot.descriptor().id.as_str(), slot.descriptor().version);
        let (point, method) = (slot.point().id.as_str(), slot.method_name(call.method));
        tell!(
            error,
            { plugin, point, method, thread, }
            "KW0633 plugin `{plugin} {version}` has held the thread {thread} in `{point}::{method}` for {} ms, longer than {} ms; \
             it cannot be ended, and is left out there until it comes back",
            elapsed.as_millis(),
            limit.as_millis()
        );
        slot.hangs();
        Self { slot, method, thread }
    }

    fn came_back(self, since: Option<Instant>) {
        let (plugin, point) = (self.slot.descriptor().id.as_str(), self.slot.point().id.as_str());
        let (method, thread) = (self.method, &*self.thread);
        let elapsed = since.map_or(Duration::ZERO, |since| since.elapsed()).as_millis();
        tell!(
            warn,
            { plugin, point, method, thread, }
            "plugin `{plugin}` came back from `{point}::{method}` after about {elapsed} ms"
        );
        self.slot.returned();
    }
}
