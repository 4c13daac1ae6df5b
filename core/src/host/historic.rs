//! Historic hooks: what happened is kept, so that a plugin that starts late is told it in order before it is told anything newer.
//!
//! All telling is catching up: a value goes to the end of the history, and each plugin is led through the history from where it
//! stands, one value after the other, in a task of its own. A plugin that has just started stands at the beginning.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::runtime::Handle;
use tokio::task::AbortHandle;

use super::snapshot::{Extension, Point};
use crate::ExtensionPoint;
use crate::guard::Slot;
use crate::hook::HistoricPoint;
use crate::plugin::BoxFuture;

/// Tells the plugins of a historic hook what happens, and those that start later what has happened; made by
/// [`Host::historic`](super::Host::historic).
///
/// A plugin that is started, enabled again or made anew is told all that is kept, in order, before anything newer. Plugins do not wait
/// for each other. Each call goes through the plugin's guard, with its deadline and failure policy; one that fails, or is refused by
/// an open breaker, is not repeated.
///
/// The newest 256 values are kept, or as many as [`keep`](Self::keep) says. It lives as long as this value and its clones.
///
/// ```
/// use keyway::host::Historic;
/// use keyway::{Host, extension_point};
///
/// /// Told of every page that is shown, also of those that were shown before the plugin came.
/// #[extension_point(id = "doc.page-shown", version = "1.0.0", on_failure = "open", mode = "all", historic)]
/// pub trait PageShown {
///     /// The path of the page.
///     async fn shown(&self, path: &str);
/// }
///
/// fn pages(host: &Host) -> Historic<String> {
///     host.historic::<dyn PageShown, _, _>(|plugin, path: std::sync::Arc<String>| async move { plugin.shown(&path).await })
/// }
///
/// fn show(pages: &Historic<String>, path: &str) {
///     pages.tell(path.to_owned());
/// }
/// # fn main() {}
/// ```
pub struct Historic<T> {
    history: Arc<Mutex<History<T>>>,
    readers: Arc<dyn Readers>,
    _watch: Arc<Watch>,
}

/// Leads plugins through the history.
trait Readers: Send + Sync {
    /// Sets those to work that have something to catch up with.
    fn drive(self: Arc<Self>);
}

/// What has happened.
struct History<T> {
    /// The number of the oldest value that is kept; so many were dropped before it.
    begin: u64,
    kept: VecDeque<Arc<T>>,
    capacity: usize,
}

impl<T> History<T> {
    /// The value of that number, or the oldest one after it, with the number of the next.
    fn from(&self, number: u64) -> Option<(Arc<T>, u64)> {
        let number = number.max(self.begin);
        let value = self.kept.get(usize::try_from(number - self.begin).ok()?)?;
        Some((Arc::clone(value), number + 1))
    }

    /// Takes out what is too much.
    fn shorten(&mut self) -> Vec<Arc<T>> {
        let dropped: Vec<_> = self.kept.drain(..self.kept.len().saturating_sub(self.capacity)).collect();
        self.begin += dropped.len() as u64;
        dropped
    }
}

/// How many values are kept when nobody says otherwise.
const DEFAULT_CAPACITY: usize = 256;

impl<T: Send + Sync + 'static> Historic<T> {
    pub(super) fn new<P, F>(point: Point<P>, tell: impl Fn(P::Guard, Arc<T>) -> F + Send + Sync + 'static) -> Self
    where
        P: HistoricPoint + ?Sized + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let history = History { begin: 0, kept: VecDeque::new(), capacity: DEFAULT_CAPACITY };
        let history = Arc::new(Mutex::new(history));
        let (watched, mut known) = (point.clone(), point.extensions());
        let audience = Arc::new(Audience {
            history: Arc::clone(&history),
            point,
            tell: Box::new(move |guard, value| Box::pin(tell(guard, value))),
            places: Mutex::default(),
            runtime: Handle::current(),
        });
        let weak: Weak<Audience<P, T>> = Arc::downgrade(&audience);
        let watch = tokio::spawn(async move {
            loop {
                known = watched.changed(&known).await;
                let Some(audience) = weak.upgrade() else { return };
                audience.drive();
            }
        });
        Self { history, readers: audience, _watch: Arc::new(Watch(watch.abort_handle())) }
    }

    /// Keeps the newest `count` values, at least one.
    #[must_use]
    pub fn keep(self, count: usize) -> Self {
        let dropped = {
            let mut history = locked(&self.history);
            history.capacity = count.max(1);
            history.shorten()
        };
        // A value's own `Drop` does not run under the lock.
        drop(dropped);
        self
    }

    /// Tells every plugin of the hook, now or when it starts. It does not wait for them.
    pub fn tell(&self, value: T) {
        let dropped = {
            let mut history = locked(&self.history);
            history.kept.push_back(Arc::new(value));
            history.shorten()
        };
        drop(dropped);
        Arc::clone(&self.readers).drive();
    }

    /// How many values a plugin that starts now is told.
    #[must_use]
    pub fn kept(&self) -> usize {
        locked(&self.history).kept.len()
    }

    /// How many older ones are no longer kept.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        locked(&self.history).begin
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<T> Clone for Historic<T> {
    fn clone(&self) -> Self {
        Self { history: Arc::clone(&self.history), readers: Arc::clone(&self.readers), _watch: Arc::clone(&self._watch) }
    }
}

impl<T> fmt::Debug for Historic<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let history = locked(&self.history);
        let mut fields = formatter.debug_struct("Historic");
        fields.field("kept", &history.kept.len()).field("dropped", &history.begin).finish_non_exhaustive()
    }
}

/// The task that notices plugins that come; it ends with the last handle.
struct Watch(AbortHandle);

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Calls the plugin of a guard with one value.
type Tell<P, T> = Box<dyn Fn(<P as ExtensionPoint>::Guard, Arc<T>) -> BoxFuture<'static, ()> + Send + Sync>;

/// The plugins of one historic hook.
struct Audience<P: HistoricPoint + ?Sized, T> {
    history: Arc<Mutex<History<T>>>,
    point: Point<P>,
    tell: Tell<P, T>,
    places: Mutex<Vec<Arc<Place>>>,
    runtime: Handle,
}

/// Where one run of a plugin stands in the history.
struct Place {
    slot: Arc<Slot>,
    progress: Mutex<Progress>,
}

#[derive(Default)]
struct Progress {
    /// The number of the value that comes next.
    next: u64,
    /// Whether a task leads the plugin on.
    is_busy: bool,
}

impl<P: HistoricPoint + ?Sized + 'static, T: Send + Sync + 'static> Readers for Audience<P, T> {
    fn drive(self: Arc<Self>) {
        let extensions = self.point.extensions();
        let mut places = locked(&self.places);
        places.retain(|place| extensions.iter().any(|extension| Arc::ptr_eq(extension.slot(), &place.slot)));
        for extension in &extensions {
            let place = places.iter().find(|place| Arc::ptr_eq(extension.slot(), &place.slot)).map(Arc::clone);
            let place = place.unwrap_or_else(|| {
                let place = Arc::new(Place { slot: Arc::clone(extension.slot()), progress: Mutex::default() });
                places.push(Arc::clone(&place));
                place
            });
            // Who is busy finds what is new by itself.
            if let Some(first) = place.begin(&self.history) {
                self.runtime.spawn(Arc::clone(&self).lead(place, extension.clone(), first));
            }
        }
    }
}

impl<P: HistoricPoint + ?Sized + 'static, T: Send + Sync + 'static> Audience<P, T> {
    /// Leads a plugin on to the end of the history.
    async fn lead(self: Arc<Self>, place: Arc<Place>, extension: Extension<P>, first: Arc<T>) {
        let mut value = Some(first);
        let mut leaving = Leave(&place, true);
        while let Some(told) = value {
            (self.tell)(extension.guard().clone(), told).await;
            value = place.advance(&self.history);
        }
        leaving.1 = false;
    }
}

/// Lets another task go on where one ended early.
struct Leave<'a>(&'a Place, bool);

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        if self.1 {
            locked(&self.0.progress).is_busy = false;
        }
    }
}

impl Place {
    /// Takes the turn of leading the plugin on, with the value that comes next; `None` when another has it or nothing is new.
    fn begin<T>(&self, history: &Mutex<History<T>>) -> Option<Arc<T>> {
        let mut progress = locked(&self.progress);
        if progress.is_busy { None } else { progress.advance(history) }
    }

    /// The value that comes next for who has the turn, which ends with the history. Both under one lock: whoever adds a value later
    /// finds the turn free.
    fn advance<T>(&self, history: &Mutex<History<T>>) -> Option<Arc<T>> {
        locked(&self.progress).advance(history)
    }
}

impl Progress {
    fn advance<T>(&mut self, history: &Mutex<History<T>>) -> Option<Arc<T>> {
        let found = locked(history).from(self.next);
        self.is_busy = found.is_some();
        found.map(|(value, next)| {
            self.next = next;
            value
        })
    }
}
