//! What an operator is told of calls that a plugin's limits refuse: the first of them at once, the others once a minute, with their number.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::inner::Inner;
use super::tell::tell;
use crate::CallError;

/// How long refusals are counted before they are told together.
const WINDOW: Duration = Duration::from_mins(1);

/// The refusals of one plugin since they were last told; `None` when there was none for a whole window.
#[derive(Debug, Default)]
pub(super) struct ShedCalls(Mutex<Option<Untold>>);

/// Refusals that wait to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Untold {
    calls: u64,
    /// The code of the newest one.
    code: &'static str,
}

impl ShedCalls {
    /// Notes one refusal; whether it is the first of a window, which is to be told now.
    fn note(&self, code: &'static str) -> bool {
        let mut window = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_first = window.is_none();
        let untold = window.get_or_insert(Untold { calls: 0, code });
        untold.code = code;
        untold.calls += u64::from(!is_first);
        is_first
    }

    /// Ends a window. What was refused in it is to be told, and another window begins; without any, the next refusal is a first one.
    fn take(&self) -> Option<Untold> {
        let mut window = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let untold = window.filter(|untold| untold.calls > 0);
        *window = untold.map(|untold| Untold { calls: 0, ..untold });
        untold
    }
}

impl Inner {
    /// Tells the operator of a call that a limit of the plugin refused.
    pub(super) fn tell_shed(self: &Arc<Self>, rank: usize, error: &CallError) {
        let member = &self.members[rank];
        if !member.shed.note(error.code()) {
            return;
        }
        let plugin = error.plugin();
        tell!(warn, { plugin, code = error.code(), } "{error}; more refusals are told together, once a minute");
        // The task must not keep a host alive that nobody holds any more.
        let host = Arc::downgrade(self);
        self.runtime.spawn(async move {
            loop {
                tokio::time::sleep(WINDOW).await;
                let Some(host) = host.upgrade() else { return };
                let member = &host.members[rank];
                let Some(Untold { calls, code }) = member.shed.take() else { return };
                let version = member.descriptor().version;
                let more = if calls == 1 { "1 more call" } else { &*format!("{calls} more calls") };
                tell!(
                    warn,
                    { plugin, code, calls, }
                    "{code} {more} of plugin `{plugin} {version}` refused within a minute; raise its `rate` or `concurrent-calls` in \
                     `[host.limits.\"{plugin}\"]` if that is not what you want"
                );
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_refusal_is_told_and_the_others_are_counted() {
        let shed = ShedCalls::default();
        assert!(shed.note("KW0632"));
        assert!(!shed.note("KW0632") && !shed.note("KW0631"));
        assert_eq!(shed.take(), Some(Untold { calls: 2, code: "KW0631" }), "the first one was told already");
        assert!(!shed.note("KW0632"), "the next window has begun");
        assert_eq!(shed.take(), Some(Untold { calls: 1, code: "KW0632" }));
        assert_eq!(shed.take(), None);
        assert!(shed.note("KW0632"), "after a quiet minute one is told at once again");
    }
}
