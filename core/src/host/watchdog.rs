//! Finds calls that do not come back, and plugins that hold too much memory. A thread of its own looks, because a hung call may hold the very thread that would have looked.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use keyway_manifest::Descriptor;

use super::call::millis;
use super::failure::Phase;
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

/// What was told to hang.
struct Told {
    hung: Hung,
    thread: String,
    since: Instant,
}

/// Plugin's code that does not come back.
enum Hung {
    Call { slot: Arc<Slot>, method: &'static str },
    Phase { plugin: &'static Descriptor, phase: Phase },
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
                    told.came_back();
                }
                *sight = Sight { call: other.map(|(call, _)| call), since: other.map(|_| Instant::now()), told: None };
            }
        }
        let (Some(call), Some(since), None) = (sight.call, sight.since, &sight.told) else { continue };
        if let Some((hung, limit)) = find(call, since.elapsed()) {
            sight.told = Some(Told::tell(hung, seat.thread(), since, limit));
        }
    }
}

/// The hosts that there are.
fn hosts() -> Vec<Arc<Inner>> {
    let hosts = HOSTS.lock().unwrap_or_else(PoisonError::into_inner).hosts.clone();
    hosts.iter().filter_map(Weak::upgrade).collect()
}

/// What a thread is in, when its host finds that it hangs.
fn find(call: Marked, elapsed: Duration) -> Option<(Hung, Duration)> {
    hosts().into_iter().filter(|host| elapsed >= host.limits.hang).find_map(|host| Some((host.hung(call)?, host.limits.hang)))
}

impl Inner {
    /// The code of this host's plugins that a mark names.
    fn hung(&self, call: Marked) -> Option<Hung> {
        if call.slot != 0 {
            let slot = self.slot_numbered(call.slot)?;
            let method = slot.method_name(call.method);
            return Some(Hung::Call { slot, method });
        }
        let member = self.members.iter().find(|member| u32::from(member.number.get()) == call.plugin)?;
        Some(Hung::Phase { plugin: member.descriptor(), phase: Phase::numbered(call.method)? })
    }

    fn slot_numbered(&self, number: u32) -> Option<Arc<Slot>> {
        let extension = self.members.iter().find_map(|member| {
            let status = member.status();
            let mut extensions = status.running.as_ref()?.extensions.iter();
            extensions.find(|held| held.slot.number() == number).map(|held| Arc::clone(&held.slot))
        });
        extension.or_else(|| self.bus.slot_numbered(number))
    }
}

impl Hung {
    fn plugin(&self) -> &'static Descriptor {
        match self {
            Self::Call { slot, .. } => slot.descriptor(),
            Self::Phase { plugin, .. } => plugin,
        }
    }

    /// The point, or what stands for one, and the method or phase.
    fn place(&self) -> (&'static str, &'static str) {
        match self {
            Self::Call { slot, method } => (slot.point().id.as_str(), method),
            Self::Phase { phase, .. } => ("Lifecycle", phase.as_str()),
        }
    }
}

impl Told {
    fn tell(hung: Hung, thread: String, since: Instant, limit: Duration) -> Self {
        let Descriptor { id, version, .. } = hung.plugin();
        let (plugin, (point, method)) = (id.as_str(), hung.place());
        let (code, elapsed_ms, limit_ms) = ("KW0633", millis(since.elapsed()), millis(limit));
        let then = match hung {
            Hung::Call { .. } => ", and is left out there until it comes back",
            Hung::Phase { .. } => "",
        };
        tell!(
            error,
            { plugin, %version, point, method, code, thread, elapsed_ms, limit_ms, }
            "{code} plugin `{plugin} {version}` has held the thread {thread} in `{point}::{method}` for {elapsed_ms} ms, longer than \
             {limit_ms} ms; it cannot be ended{then}"
        );
        if let Hung::Call { slot, method } = &hung {
            slot.hangs(method, since);
        }
        Self { hung, thread, since }
    }

    fn came_back(self) {
        let (plugin, (point, method)) = (self.hung.plugin().id.as_str(), self.hung.place());
        let (thread, elapsed_ms) = (&*self.thread, millis(self.since.elapsed()));
        tell!(
            warn,
            { plugin, point, method, thread, elapsed_ms, }
            "plugin `{plugin}` came back from `{point}::{method}` after about {elapsed_ms} ms"
        );
        if let Hung::Call { slot, method } = &self.hung {
            slot.returned(method, self.since);
        }
    }
}
