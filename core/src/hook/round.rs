//! One time of asking a hook: who asks, and how long all plugins may take together.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use keyway_manifest::Descriptor;

use super::chain::Asking;
use super::{Asked, Hook, HookPoint, Interrupted, Interruption};
use crate::guard::clock::Moment;
use crate::guard::{Aggregate, Timer};

/// Asks plugins whose answers are futures.
pub(super) struct Round {
    /// Who asks; `None` for the host, which no plugin's answer leads back to.
    asking: Option<Asking>,
    time: Aggregate,
}

impl Round {
    pub(super) fn begin<H: HookPoint + ?Sized>(hook: &Hook<H>) -> Result<Self, Interrupted> {
        Ok(Self { asking: asking(hook)?, time: Aggregate::new(hook.limit, Arc::clone(&hook.timer)) })
    }

    pub(super) async fn ask<H: HookPoint + ?Sized, F: Future>(
        &mut self,
        plugin: Asked<H>,
        ask: impl FnOnce(Asked<H>) -> F,
    ) -> Result<F::Output, Interrupted> {
        let (descriptor, limit) = (plugin.plugin(), self.time.limit());
        let answer = match self.asking {
            None => self.time.ask(ask(plugin)).await,
            Some(asking) => {
                let mut answer = pin!(asking.during(|| ask(plugin)));
                self.time.ask(poll_fn(|context| asking.during(|| answer.as_mut().poll(context)))).await
            }
        };
        answer.map_err(|_| out_of_time::<H>(descriptor, limit))
    }
}

/// Asks plugins that answer at once. None of them can be ended, so no timer is needed, only a look at the clock in between.
pub(super) struct RoundNow<'h> {
    asking: Option<Asking>,
    begun: Moment,
    limit: Duration,
    /// Where the time comes from in a library; elsewhere the clock is read without a detour.
    timer: Option<&'h dyn Timer>,
}

impl<'h> RoundNow<'h> {
    #[inline]
    pub(super) fn begin<H: HookPoint + ?Sized>(hook: &'h Hook<H>) -> Result<Self, Interrupted> {
        let timer = hook.link.is_remote().then_some(&*hook.timer);
        Ok(Self { asking: asking(hook)?, begun: now(timer), limit: hook.limit, timer })
    }

    #[inline]
    pub(super) fn ask<H: HookPoint + ?Sized, T>(
        &self,
        plugin: &'static Descriptor,
        ask: impl FnOnce() -> T,
    ) -> Result<T, Interrupted> {
        if self.begun.until(now(self.timer)) >= self.limit {
            return Err(out_of_time::<H>(plugin, self.limit));
        }
        Ok(match self.asking {
            None => ask(),
            Some(asking) => asking.during(ask),
        })
    }
}

#[inline]
fn now(timer: Option<&dyn Timer>) -> Moment {
    timer.map_or_else(Moment::now, Timer::now)
}

/// Who asks the hook, unless that goes in a circle.
#[inline]
fn asking<H: HookPoint + ?Sized>(hook: &Hook<H>) -> Result<Option<Asking>, Interrupted> {
    let asking = hook.asker.map(|asker| Asking { asker, hook: H::INFO });
    match asking {
        Some(asking) if asking.is_under_way() => {
            Err(Interrupted { hook: H::INFO, plugin: Some(asking.asker), kind: Interruption::Circle })
        }
        _ => Ok(asking),
    }
}

#[cold]
fn out_of_time<H: HookPoint + ?Sized>(plugin: &'static Descriptor, limit: Duration) -> Interrupted {
    Interrupted { hook: H::INFO, plugin: Some(plugin), kind: Interruption::OutOfTime(limit) }
}
