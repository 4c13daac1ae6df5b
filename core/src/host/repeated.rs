//! What goes wrong again and again: the first time is told at once, all others once a minute, with their number.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;

/// How long things are counted before they are told together.
const WINDOW: Duration = Duration::from_mins(1);

/// What counts as the same: the plugin, and what happened, as a few names that do not grow with the number of times.
pub(super) type Same = (&'static str, &'static str, &'static str, &'static str);

/// Tells that something happened so many more times.
type Tell = Box<dyn FnOnce(u64) + Send>;

/// What happened lately, and was told at least once.
pub(super) struct Repeated {
    lately: Mutex<BTreeMap<Same, Untold>>,
    runtime: Handle,
}

/// What is counted in a window. A whole window without anything ends it.
#[derive(Default)]
struct Untold {
    times: u64,
    /// Of the newest time; there is one unless `times` is 0.
    tell: Option<Tell>,
}

impl Untold {
    fn tell(self) -> bool {
        self.tell.map(|tell| tell(self.times)).is_some()
    }
}

impl Repeated {
    /// Nothing has happened yet. The ends of windows are waited for on `runtime`.
    pub(super) fn new(runtime: Handle) -> Arc<Self> {
        Arc::new(Self { lately: Mutex::default(), runtime })
    }

    fn lately(&self) -> MutexGuard<'_, BTreeMap<Same, Untold>> {
        self.lately.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that something happened; whether it is the first time, which is to be told now. Otherwise `more` tells of it later, together
    /// with what happened before it, unless the same happens once more.
    pub(super) fn is_first(self: &Arc<Self>, same: Same, more: impl FnOnce(u64) + Send + 'static) -> bool {
        let former = match self.lately().entry(same) {
            Entry::Vacant(entry) => {
                entry.insert(Untold::default());
                None
            }
            Entry::Occupied(mut entry) => {
                let untold = entry.get_mut();
                untold.times += 1;
                Some(untold.tell.replace(Box::new(more)))
            }
        };
        if former.is_some() {
            return false;
        }
        // The task must not keep anything alive that the host has let go of.
        let repeated = Arc::downgrade(self);
        self.runtime.spawn(async move {
            loop {
                tokio::time::sleep(WINDOW).await;
                if !repeated.upgrade().is_some_and(|repeated| repeated.end_window(same)) {
                    return;
                }
            }
        });
        true
    }

    /// Tells what was counted; whether there was anything, so that another window has begun.
    fn end_window(&self, same: Same) -> bool {
        let untold = match self.lately().entry(same) {
            Entry::Occupied(entry) if entry.get().times == 0 => entry.remove(),
            Entry::Occupied(mut entry) => std::mem::take(entry.get_mut()),
            Entry::Vacant(_) => return false,
        };
        untold.tell()
    }

    /// Tells all that was counted so far, before the end of its window.
    pub(super) fn finish(&self) {
        let lately = std::mem::take(&mut *self.lately());
        for untold in lately.into_values() {
            untold.tell();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    const ONE: Same = ("site.a", "KW0604", "cms.processor", "process");
    const OTHER: Same = ("site.a", "KW0604", "cms.processor", "finish");

    struct Told(Arc<Repeated>, Sender<(String, u64)>, Receiver<(String, u64)>);

    impl Told {
        fn new() -> Self {
            let (sender, receiver) = channel();
            Self(Repeated::new(Handle::current()), sender, receiver)
        }

        fn note(&self, same: Same, text: &str) -> bool {
            let (sender, text) = (self.1.clone(), text.to_owned());
            self.0.is_first(same, move |times| sender.send((text, times)).expect("the test listens"))
        }

        async fn after(&self, time: Duration) -> Vec<(String, u64)> {
            tokio::time::sleep(time).await;
            self.2.try_iter().collect()
        }
    }

    fn told(text: &str, times: u64) -> (String, u64) {
        (text.to_owned(), times)
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_time_is_told_and_the_others_are_counted() {
        let log = Told::new();
        assert!(log.note(ONE, "first"));
        assert!(log.note(OTHER, "first"), "something else is told by itself");
        for number in 1..=1_000 {
            assert!(!log.note(ONE, &format!("number {number}")));
        }
        assert_eq!(log.after(WINDOW / 2).await, []);
        assert_eq!(log.after(WINDOW).await, [told("number 1000", 1_000)], "once, as the newest was");
        assert!(!log.note(ONE, "later"), "the next window has begun");
        assert_eq!(log.after(WINDOW).await, [told("later", 1)]);
        assert_eq!(log.after(WINDOW).await, [], "what did not happen is not told");
        assert!(log.note(ONE, "anew"), "after a quiet minute one is told at once again");
        assert_eq!(log.0.lately().len(), 1, "and what ended is forgotten");
    }

    #[tokio::test(start_paused = true)]
    async fn an_end_before_the_minute_is_over_loses_no_count() {
        let log = Told::new();
        assert!(log.note(ONE, "first") && !log.note(ONE, "second") && log.note(OTHER, "first"));
        log.0.finish();
        assert_eq!(log.after(WINDOW * 2).await, [told("second", 1)]);
    }
}
