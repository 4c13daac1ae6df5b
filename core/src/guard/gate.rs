//! What stands between a caller and an extension: whether the plugin is on, its circuit breaker, and the limits of the number of calls.
//!
//! Where nothing stands against a call, one load tells so. Everything else is asked on a slower path, and given back by a [`Permit`].

use std::sync::Arc;

use super::breaker::{Admission, Circuit, Moved};
use super::traffic::{Congestion, Traffic};
use super::{Breaker, BreakerOptions, CallErrorKind, clock};
use crate::interleaved::atomic::{AtomicU32, Ordering};
use crate::interleaved::{Mutex, MutexGuard, PoisonError};

/// Nothing stands against a call.
const FREE: u32 = 0;
/// The plugin is disabled or stopped.
const OFF: u32 = 1;
/// The breaker wants to be asked, and told of successes too.
const BREAKER: u32 = 2;
/// The plugin's calls are limited in number.
const LIMITED: u32 = 4;
/// Calls wait while the plugin's state is handed over.
const HELD: u32 = 16;
/// The extension is one that the host lends, whose own gate is asked behind this one.
const LENT: u32 = 8;

/// The gate of one extension.
#[derive(Debug)]
pub(super) struct Gate {
    /// What a call must mind, as bits; [`FREE`] on the fast path.
    bits: AtomicU32,
    circuit: Mutex<Circuit>,
    /// Whether calls move the breaker at all.
    has_breaker: bool,
    traffic: Arc<Traffic>,
}

/// A call that was let in; what it holds is given back when it is dropped, also when its caller gives up waiting.
#[derive(Debug)]
pub(super) struct Permit<'a> {
    gate: &'a Gate,
    probe: Option<u64>,
    is_counted: bool,
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if self.is_counted {
            self.gate.traffic.leave();
        }
        if let Some(probe) = self.probe {
            self.gate.circuit().gave_up(probe);
        }
    }
}

/// How a call ended, for the breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Good,
    Bad,
}

impl Gate {
    /// An open gate. Without `breaker`, no failure ever closes it.
    pub(super) fn new(breaker: Option<BreakerOptions>, traffic: Arc<Traffic>) -> Self {
        Self {
            bits: AtomicU32::new(if traffic.is_limited() { LIMITED } else { FREE }),
            circuit: Mutex::new(Circuit::new(breaker.unwrap_or_default())),
            has_breaker: breaker.is_some(),
            traffic,
        }
    }

    /// The gate of an extension that the host lends: nothing is asked here.
    pub(super) fn lent() -> Self {
        let gate = Self::new(None, Arc::default());
        gate.set(LENT, true);
        gate
    }

    /// Whether the host lends the extension.
    #[inline]
    pub(super) fn is_lent(&self) -> bool {
        self.bits.load(Ordering::Relaxed) & LENT != 0
    }

    /// Whether nothing stands against a call, which then needs no permit.
    #[inline]
    pub(super) fn is_free(&self) -> bool {
        self.bits.load(Ordering::Relaxed) == FREE
    }

    /// Asks what may stand against a call. Where nothing does, there is nothing to give back either. `counts` tells whether the limits
    /// of the number of calls apply to it; it is asked only where there are some.
    #[inline]
    pub(super) fn admit(&self, counts: impl FnOnce() -> bool) -> Result<Option<Permit<'_>>, CallErrorKind> {
        match self.bits.load(Ordering::Acquire) {
            FREE => Ok(None),
            bits => self.ask(bits, counts).map(Some),
        }
    }

    /// Asks everything that the bits name.
    fn ask(&self, bits: u32, counts: impl FnOnce() -> bool) -> Result<Permit<'_>, CallErrorKind> {
        if bits & OFF != 0 {
            return Err(CallErrorKind::Unavailable);
        }
        let mut permit = Permit { gate: self, probe: None, is_counted: false };
        if bits & BREAKER != 0 {
            let admission = self.circuit().admit(clock::now());
            match admission {
                Admission::Pass => {}
                Admission::Probe(probe) => permit.probe = Some(probe),
                Admission::Refused { retry_in } => return Err(CallErrorKind::BreakerOpen { retry_in, hanging: None }),
            }
        }
        if bits & LIMITED != 0 && counts() {
            self.traffic.enter().map_err(|congestion| match congestion {
                Congestion::Full { limit } => CallErrorKind::TooManyCalls { limit },
                Congestion::TooFast { limit, retry_in } => CallErrorKind::RateExceeded { limit, retry_in },
            })?;
            permit.is_counted = true;
        }
        Ok(permit)
    }

    /// Tells the breaker how a call of a method ended.
    pub(super) fn judge(&self, method: usize, verdict: Verdict, permit: Option<&Permit<'_>>) -> Moved {
        // A call without a permit began when the breaker had nothing to count: only a failure is news.
        let is_news = verdict == Verdict::Bad || permit.is_some();
        if !is_news || !self.has_breaker {
            return Moved::No;
        }
        let probe = permit.and_then(|permit| permit.probe);
        self.change(|circuit| match verdict {
            Verdict::Good => circuit.succeeded(method, probe),
            Verdict::Bad => circuit.failed(clock::now(), method, probe),
        })
    }

    /// Lets calls through or refuses them; calls under way go on.
    pub(super) fn set_active(&self, active: bool) {
        self.set(OFF, !active);
    }

    /// Lets calls wait, or no longer.
    pub(super) fn set_held(&self, held: bool) {
        self.set(HELD, held);
    }

    /// Whether calls wait.
    #[inline]
    pub(super) fn is_held(&self) -> bool {
        self.bits.load(Ordering::Acquire) & HELD != 0
    }

    /// Refuses calls from now on; whether it let them through before.
    pub(super) fn shut(&self) -> bool {
        self.bits.fetch_or(OFF, Ordering::AcqRel) & OFF == 0
    }

    pub(super) fn is_active(&self) -> bool {
        self.bits.load(Ordering::Acquire) & OFF == 0
    }

    pub(super) fn breaker(&self) -> Breaker {
        self.circuit().state()
    }

    pub(super) fn close_breaker(&self) -> Moved {
        self.change(Circuit::close)
    }

    /// A call does not come back: the breaker opens and stays so until [`returned`](Self::returned).
    #[cfg(feature = "host")]
    pub(super) fn hangs(&self) -> Moved {
        if self.has_breaker { self.change(|circuit| circuit.hangs(clock::now())) } else { Moved::No }
    }

    /// A call that hung came back.
    #[cfg(feature = "host")]
    pub(super) fn returned(&self) {
        if self.has_breaker {
            self.change(|circuit| {
                circuit.returned();
                Moved::No
            });
        }
    }

    /// Changes the breaker and brings the bits in line.
    fn change(&self, change: impl FnOnce(&mut Circuit) -> Moved) -> Moved {
        let mut circuit = self.circuit();
        let moved = change(&mut circuit);
        // Under the lock, so that the bit is that of the newest state.
        self.set(BREAKER, !circuit.is_quiet());
        moved
    }

    fn circuit(&self) -> MutexGuard<'_, Circuit> {
        self.circuit.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, bit: u32, on: bool) {
        if on {
            self.bits.fetch_or(bit, Ordering::AcqRel);
        } else {
            self.bits.fetch_and(!bit, Ordering::AcqRel);
        }
    }
}

#[cfg(all(test, keyway_shuttle))]
#[path = "gate_interleavings.rs"]
mod interleavings;
