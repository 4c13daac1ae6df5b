//! The error of a call that did not answer, with whose fault it is.

use std::fmt;
use std::time::Duration;

use keyway_manifest::{PluginId, Version};

use super::{HangingCall, Rate};

/// A call of an extension that gave no answer of its own: which plugin, where, after how long, and why.
///
/// The error type of an extension point with `on_failure = "closed"` implements `From<CallError>`, so a host sees one error type. Its
/// `Debug` form is the same text as its `Display` form.
#[derive(Clone, keyway::Boundary)]
pub struct CallError(Box<Failed>);

/// The parts of a [`CallError`]; boxed, so that the good answer beside it stays small.
#[derive(Debug, Clone, keyway::Boundary)]
pub(super) struct Failed {
    pub(super) plugin: PluginId,
    pub(super) version: Version,
    pub(super) point: PluginId,
    pub(super) method: &'static str,
    pub(super) elapsed: Duration,
    pub(super) limit: Option<Duration>,
    pub(super) kind: CallErrorKind,
}

/// Why a call gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, keyway::Boundary)]
#[non_exhaustive]
pub enum CallErrorKind {
    /// The plugin panicked; the text is the panic's message.
    Panicked(String),
    /// The plugin did not answer in time.
    DeadlineExceeded {
        /// The time it had.
        limit: Duration,
    },
    /// The plugin is disabled or stopped; the caller held on to an old snapshot of the extensions.
    Unavailable,
    /// The extension failed too often in a row, or a call of it hangs, and it is left out for a while; it was not called.
    BreakerOpen {
        /// Time until one call tries it again; zero while one is trying it.
        retry_in: Duration,
        /// The call that hangs, if that is why. Nothing is tried before it comes back.
        hanging: Option<HangingCall>,
    },
    /// As many calls of the plugin as allowed are under way; it was not called.
    TooManyCalls {
        /// How many are allowed at the same time.
        limit: u32,
    },
    /// The plugin is called more often than allowed; it was not called.
    RateExceeded {
        /// What is allowed.
        limit: Rate,
        /// Time until the next call would be let in.
        retry_in: Duration,
    },
    /// The plugin answered with an error at a point that skips failures; the text is its message.
    Failed(String),
}

impl CallError {
    pub(super) fn new(failed: Failed) -> Self {
        Self(Box::new(failed))
    }

    /// Id of the plugin that failed.
    #[must_use]
    pub fn plugin(&self) -> &'static str {
        self.0.plugin.as_str()
    }

    /// Version of the plugin that failed.
    #[must_use]
    pub fn version(&self) -> Version {
        self.0.version
    }

    /// Id of the extension point.
    #[must_use]
    pub fn point(&self) -> &'static str {
        self.0.point.as_str()
    }

    /// Name of the method that was called.
    #[must_use]
    pub fn method(&self) -> &'static str {
        self.0.method
    }

    /// Time from the call to the failure: real where the call was timed (see [`Slot::latency`](crate::guard::Slot::latency)), else as the
    /// coarse clock saw it, in steps of [`clock::STEP`](crate::guard::clock::STEP). Zero when the call was refused.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed
    }

    /// The deadline that the call had, whether or not it was the cause; `None` where there is none, and for synchronous calls, which
    /// nothing can end.
    #[must_use]
    pub fn limit(&self) -> Option<Duration> {
        self.0.limit
    }

    /// Whether the call was refused before it reached the plugin: a refused call has done nothing and may be made again.
    #[must_use]
    pub fn was_refused(&self) -> bool {
        match self.0.kind {
            CallErrorKind::Unavailable
            | CallErrorKind::BreakerOpen { .. }
            | CallErrorKind::TooManyCalls { .. }
            | CallErrorKind::RateExceeded { .. } => true,
            CallErrorKind::Panicked(_) | CallErrorKind::DeadlineExceeded { .. } | CallErrorKind::Failed(_) => false,
        }
    }

    /// Why.
    #[must_use]
    pub fn kind(&self) -> &CallErrorKind {
        &self.0.kind
    }

    /// The stable code of this kind of failure; `docs/errors/` has a page for each.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self.0.kind {
            CallErrorKind::Panicked(_) => "KW0601",
            CallErrorKind::DeadlineExceeded { .. } => "KW0602",
            CallErrorKind::Unavailable => "KW0603",
            CallErrorKind::Failed(_) => "KW0604",
            CallErrorKind::BreakerOpen { .. } => "KW0630",
            CallErrorKind::TooManyCalls { .. } => "KW0631",
            CallErrorKind::RateExceeded { .. } => "KW0632",
        }
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Failed { plugin, version, point, method, elapsed, kind, .. } = &*self.0;
        write!(formatter, "{} plugin `{plugin} {version}` ", self.code())?;
        match kind {
            CallErrorKind::Panicked(message) => {
                write!(formatter, "panicked in `{point}::{method}`")?;
                match elapsed.as_millis() {
                    // Less than the clock can tell.
                    0 => {}
                    millis => write!(formatter, " after {millis} ms")?,
                }
                write!(formatter, ": {message}")
            }
            CallErrorKind::DeadlineExceeded { limit } => write!(
                formatter,
                "did not answer `{point}::{method}` within its deadline of {} ms (waited {} ms)",
                limit.as_millis(),
                elapsed.as_millis()
            ),
            CallErrorKind::Unavailable => write!(formatter, "is disabled or stopped; `{point}::{method}` was not called"),
            CallErrorKind::BreakerOpen { hanging: Some(HangingCall { method: hung, elapsed }), .. } => write!(
                formatter,
                "is left out, because a call of `{point}::{hung}` has hung for {} ms; `{point}::{method}` was not called",
                elapsed.as_millis()
            ),
            CallErrorKind::BreakerOpen { retry_in, .. } if retry_in.is_zero() => {
                write!(formatter, "failed too often; `{point}::{method}` was not called, because another call is trying it")
            }
            CallErrorKind::BreakerOpen { retry_in, .. } => write!(
                formatter,
                "failed too often; `{point}::{method}` was not called and will be tried again in {} ms",
                retry_in.as_millis()
            ),
            CallErrorKind::TooManyCalls { limit } => {
                write!(formatter, "is busy with {limit} calls, which is its limit; `{point}::{method}` was not called")
            }
            CallErrorKind::RateExceeded { limit, retry_in } => write!(
                formatter,
                "is called more often than {limit}; `{point}::{method}` was not called and may be in {} ms",
                retry_in.as_millis()
            ),
            CallErrorKind::Failed(message) => write!(formatter, "failed in `{point}::{method}`, which was skipped: {message}"),
        }
    }
}

// What a `main` prints that returns it.
impl fmt::Debug for CallError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl std::error::Error for CallError {}
