//! Calls of an extension that do not come back, as the watchdog of the host found them.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A call that does not come back, because of which an extension is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, keyway::Boundary)]
#[non_exhaustive]
pub struct HangingCall {
    /// The method that was called.
    pub method: &'static str,
    /// For how long it has not come back, about.
    pub elapsed: Duration,
}

/// The calls of one extension that hang at this moment.
#[derive(Debug, Default)]
pub(super) struct Hanging(Mutex<Vec<(&'static str, Instant)>>);

impl Hanging {
    /// The one that has hung the longest.
    pub(super) fn oldest(&self) -> Option<HangingCall> {
        let calls = self.calls();
        let (method, since) = calls.iter().min_by_key(|(_, since)| *since)?;
        Some(HangingCall { method, elapsed: since.elapsed() })
    }

    #[cfg(any(test, feature = "host"))]
    pub(super) fn add(&self, method: &'static str, since: Instant) {
        self.calls().push((method, since));
    }

    #[cfg(any(test, feature = "host"))]
    pub(super) fn remove(&self, method: &'static str, since: Instant) {
        let mut calls = self.calls();
        if let Some(at) = calls.iter().position(|call| *call == (method, since)) {
            calls.swap_remove(at);
        }
    }

    fn calls(&self) -> MutexGuard<'_, Vec<(&'static str, Instant)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_is_told_until_it_comes_back() {
        let (hanging, now) = (Hanging::default(), Instant::now());
        let earlier = now.checked_sub(Duration::from_secs(3)).unwrap_or(now);
        let method = || hanging.oldest().map(|call| call.method);
        assert_eq!(method(), None);
        hanging.add("late", now);
        hanging.add("early", earlier);
        assert_eq!(method(), Some("early"));
        hanging.remove("early", now);
        assert_eq!(method(), Some("early"), "another call of that method came back");
        hanging.remove("early", earlier);
        assert_eq!(method(), Some("late"));
        hanging.remove("late", now);
        assert_eq!(method(), None);
    }
}
