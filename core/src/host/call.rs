//! What the guards of a host use: tokio's timer, what follows a failed call, and the task that moves the coarse clock.

use std::fmt;
#[cfg(feature = "data")]
use std::sync::Arc;
use std::sync::{LazyLock, Weak};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::task::AbortHandle;
use tokio::time::{MissedTickBehavior, interval};

use super::audit::Kind;
use super::inner::Inner;
use super::tell::tell;
use crate::guard::{BreakerChange, CallObserver, HangingCall, Slot, Timer, clock};
use crate::plugin::BoxFuture;
use crate::{CallError, CallErrorKind};

/// Sleeps by tokio's timer.
pub(crate) struct TokioTimer;

impl Timer for TokioTimer {
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// Writes failed calls to the log, keeps the plugins' states in line with their breakers, and does what a point says of panics.
pub(super) struct Reaction {
    host: Weak<Inner>,
    runtime: Handle,
}

impl Reaction {
    pub(super) const fn new(host: Weak<Inner>, runtime: Handle) -> Self {
        Self { host, runtime }
    }
}

impl CallObserver for Reaction {
    fn failed(&self, error: &CallError) {
        let (plugin, version, point, method, code) =
            (error.plugin(), error.version(), error.point(), error.method(), error.code());
        let elapsed_ms = millis(error.elapsed());
        // Left out of the log where there is none.
        let limit_ms = error.limit().map(millis);
        if let Some((resource, limit)) = exceeded(error.kind())
            && let Some(host) = self.host.upgrade()
            && let Some(rank) = host.rank_of(plugin)
        {
            let details: [(_, &dyn fmt::Display); 5] =
                [("code", &code), ("resource", &resource), ("limit", limit), ("point", &point), ("method", &method)];
            host.world.audit.often(Some(host.members[rank].descriptor()), Kind::LimitExceeded, &details);
            host.tell_refused(error);
        }
        match error.kind() {
            // Whoever calls a plugin just switched off did nothing wrong, and what opened a breaker was told when it happened.
            CallErrorKind::Unavailable
            | CallErrorKind::BreakerOpen { .. }
            | CallErrorKind::TooManyCalls { .. }
            | CallErrorKind::RateExceeded { .. } => tracing::debug!(plugin, point, method, code, "{error}"),
            _ if self.host.upgrade().is_some_and(|host| !host.is_first_failure(error)) => {
                tracing::debug!(plugin, %version, point, method, code, elapsed_ms, limit_ms, "{error}");
            }
            CallErrorKind::Failed(_) => {
                tell!(warn, { plugin, %version, point, method, code, elapsed_ms, limit_ms, } "{error}");
            }
            CallErrorKind::Panicked(_) | CallErrorKind::DeadlineExceeded { .. } => {
                tell!(error, { plugin, %version, point, method, code, elapsed_ms, limit_ms, } "{error}");
            }
        }
    }

    fn breaker_moved(&self, slot: &Slot, change: BreakerChange) {
        let (plugin, point) = (slot.descriptor().id.as_str(), slot.point().id.as_str());
        let hanging = slot.hanging();
        match (change, hanging) {
            (BreakerChange::Opened(_), Some(HangingCall { method, elapsed, .. })) => tell!(
                error,
                { plugin, point, method, }
                "KW0630 plugin `{plugin}` is left out at `{point}`, because a call of `{method}` there has hung for {} ms; it is tried again \
                 once that comes back",
                elapsed.as_millis()
            ),
            (BreakerChange::Opened(cool_down), None) => tell!(
                error,
                { plugin, point, }
                "KW0630 plugin `{plugin}` failed too often at `{point}`: it is left out there for {} ms, then tried with one call",
                cool_down.as_millis()
            ),
            (BreakerChange::Closed, _) => tracing::info!(plugin, point, "plugin `{plugin}` works again at `{point}`"),
        }
        if let Some(host) = self.host.upgrade()
            && let Some(rank) = host.rank_of(plugin)
        {
            if let BreakerChange::Opened(cool_down) = change {
                let reason = if hanging.is_some() { "hang" } else { "failures" };
                let method = hanging.map_or("", |call| call.method);
                let details: [(_, &dyn fmt::Display); 4] =
                    [("point", &point), ("cool-down-ms", &cool_down.as_millis()), ("reason", &reason), ("method", &method)];
                let details = &details[..if hanging.is_some() { 4 } else { 3 }];
                host.world.audit.plugin(slot.descriptor(), Kind::BreakerOpened, details);
                if slot.is_active() {
                    host.tripped(rank);
                }
            }
            host.refresh_health(rank);
        }
    }

    fn poisoned(&self, slot: &Slot) {
        if let Some(host) = self.host.upgrade() {
            let (plugin, point) = (slot.descriptor().id.as_str(), slot.point());
            let turn = host.turn();
            self.runtime.spawn(async move { host.after_panic(plugin, point.id, point.after_panic, turn.await).await });
        }
    }
}

/// Observes the deliveries of stored events: an attempt that fails is not skipped but made again, and whoever makes it tells so.
#[cfg(feature = "data")]
pub(super) struct Retried(pub(super) Arc<dyn CallObserver>);

#[cfg(feature = "data")]
impl CallObserver for Retried {
    fn failed(&self, error: &CallError) {
        if !matches!(error.kind(), CallErrorKind::Failed(_)) {
            self.0.failed(error);
        }
    }

    fn breaker_moved(&self, slot: &Slot, change: BreakerChange) {
        self.0.breaker_moved(slot, change);
    }

    fn poisoned(&self, slot: &Slot) {
        self.0.poisoned(slot);
    }
}

impl Inner {
    /// Tells the operator of a call that a limit of the plugin refused, unless another one was told lately.
    fn tell_refused(&self, error: &CallError) {
        let (plugin, version, code) = (error.plugin(), error.version(), error.code());
        // Whichever limit it was: the first of them leads to the others.
        let is_first = self.repeated.is_first((plugin, "", "", ""), move |calls| {
            let more = if calls == 1 { "1 more call" } else { &*format!("{calls} more calls") };
            tell!(
                warn,
                { plugin, code, calls, }
                "{code} {more} of plugin `{plugin} {version}` refused within a minute; raise its `rate` or `concurrent-calls` in \
                 `[host.limits.\"{plugin}\"]` if that is not what you want"
            );
        });
        if is_first {
            tell!(warn, { plugin, code, } "{error}; more refusals are told together, once a minute");
        }
    }

    /// Whether no other call of the same method has failed in the same way lately. If one has, this one is told later, together with all
    /// that come within a minute.
    fn is_first_failure(&self, error: &CallError) -> bool {
        let (plugin, point, method, code) = (error.plugin(), error.point(), error.method(), error.code());
        let newest = error.clone();
        self.repeated.is_first((plugin, code, point, method), move |calls| {
            let version = newest.version();
            let (failed, last) = match newest.kind() {
                CallErrorKind::Panicked(message) => ("panicked in", format!("; the last time: {message}")),
                CallErrorKind::Failed(message) => ("failed in", format!("; the last time: {message}")),
                _ => ("did not answer", String::new()),
            };
            let times = if calls == 1 { "once more" } else { &*format!("{calls} more times") };
            let text = format!("{code} plugin `{plugin} {version}` {failed} `{point}::{method}` {times} within a minute{last}");
            match newest.kind() {
                CallErrorKind::Failed(_) => tell!(warn, { plugin, %version, point, method, code, calls, } "{text}"),
                _ => tell!(error, { plugin, %version, point, method, code, calls, } "{text}"),
            }
        })
    }
}

/// Which limit of a plugin a call went beyond, and how much it is.
fn exceeded(kind: &CallErrorKind) -> Option<(&'static str, &dyn fmt::Display)> {
    match kind {
        CallErrorKind::TooManyCalls { limit } => Some(("concurrent-calls", limit)),
        CallErrorKind::RateExceeded { limit, .. } => Some(("rate", limit)),
        _ => None,
    }
}

pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Moves the coarse clock until it is aborted. All hosts of a process move the same clock from the same beginning.
pub(super) fn run_clock() -> AbortHandle {
    static BEGINNING: LazyLock<Instant> = LazyLock::new(Instant::now);
    clock::advance_to(BEGINNING.elapsed());
    let task = tokio::spawn(async {
        let mut steps = interval(clock::STEP);
        steps.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            steps.tick().await;
            clock::advance_to(BEGINNING.elapsed());
        }
    });
    task.abort_handle()
}
