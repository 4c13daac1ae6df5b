//! Asks all plugins of a hook, in start order, in the hook's mode and within one deadline.

use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use keyway_manifest::{Descriptor, PointInfo};

use super::snapshot::{Extension, Point};
use super::tell::tell;
use crate::guard::clock::Moment;
use crate::hook::{All, First, Fold, HookPoint, Next, Veto};

/// The time that all plugins of a hook have together, unless [`Hook::within`] says otherwise.
pub const HOOK_DEADLINE: Duration = Duration::from_secs(5);

/// All plugins of the hook `P`, to be asked together; made by [`Host::hook`](super::Host::hook).
///
/// It has one method to ask with, that of its mode. Each plugin is asked through its guard, with the deadline of one call and its
/// failure policy; on top of that, all together have [`HOOK_DEADLINE`]. Plugins are asked one after the other in start order.
///
/// Keep it where a hook is asked often; every time it asks the plugins that run at that moment.
///
/// ```
/// use keyway::host::Stopped;
/// use keyway::{CallError, Host, extension_point};
///
/// /// Asked before a page is deleted.
/// #[extension_point(id = "doc.before-delete", version = "1.0.0", on_failure = "closed", mode = "veto")]
/// pub trait BeforeDelete {
///     /// The error is the reason, in words for whoever wants to delete the page.
///     async fn may_delete(&self, path: &str) -> Result<(), Refusal>;
/// }
/// # #[derive(Debug)]
/// # pub struct Refusal(String);
/// # impl From<CallError> for Refusal { fn from(error: CallError) -> Self { Self(error.to_string()) } }
///
/// async fn delete(host: &Host, path: &str) -> Result<(), Stopped<Refusal>> {
///     host.hook::<dyn BeforeDelete>().veto(|plugin| async move { plugin.may_delete(path).await }).await?;
///     // nobody objects
///     Ok(())
/// }
/// # fn main() {}
/// ```
pub struct Hook<P: HookPoint + ?Sized> {
    point: Point<P>,
    limit: Duration,
}

/// What one plugin answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer<T> {
    /// Id of the plugin.
    pub plugin: &'static str,
    /// Its answer.
    pub value: T,
}

/// What a hook in the mode `all` was answered.
#[derive(Debug)]
#[non_exhaustive]
pub struct Answers<T> {
    /// The answers, in start order.
    pub answers: Vec<Answer<T>>,
    /// Where the time ran out, if it did: neither that plugin nor those after it have answered.
    pub out_of_time: Option<OutOfTime>,
}

/// Who ended a hook before its end, and why.
#[derive(Debug)]
#[non_exhaustive]
pub enum Stopped<E> {
    /// A plugin answered with an error or a veto, or its call failed.
    By(Answer<E>),
    /// The time of all plugins together ran out.
    OutOfTime(OutOfTime),
}

/// The time that all plugins of a hook have together ran out.
#[derive(Debug, Clone, Copy)]
pub struct OutOfTime {
    hook: &'static PointInfo,
    plugin: &'static Descriptor,
    limit: Duration,
}

impl OutOfTime {
    /// The hook.
    #[must_use]
    pub const fn hook(&self) -> &'static PointInfo {
        self.hook
    }

    /// The plugin that had not answered when the time ran out. It is not always the slow one.
    #[must_use]
    pub const fn plugin(&self) -> &'static Descriptor {
        self.plugin
    }

    /// The time that there was.
    #[must_use]
    pub const fn limit(&self) -> Duration {
        self.limit
    }

    /// The stable code; `docs/errors/` has its page.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "KW0641"
    }
}

impl fmt::Display for OutOfTime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (code, hook, limit) = (self.code(), self.hook.id, self.limit.as_millis());
        let Descriptor { id, version, .. } = self.plugin;
        write!(
            formatter,
            "{code} the plugins of the hook `{hook}` had {limit} ms together, and `{id} {version}` had not answered then"
        )
    }
}

impl std::error::Error for OutOfTime {}

impl<E: fmt::Display> fmt::Display for Stopped<E> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::By(Answer { plugin, value }) => write!(formatter, "stopped by `{plugin}`: {value}"),
            Self::OutOfTime(error) => error.fmt(formatter),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> std::error::Error for Stopped<E> {}

impl<P: HookPoint + ?Sized> Hook<P> {
    pub(super) const fn new(point: Point<P>) -> Self {
        Self { point, limit: HOOK_DEADLINE }
    }

    /// Sets the time that all plugins have together.
    #[must_use]
    pub const fn within(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }
}

impl<P: HookPoint<Mode = First> + ?Sized> Hook<P> {
    /// Asks until a plugin answers with `Some`. Where the method returns `Result<Option<_>, _>`, `transpose()` makes an error an
    /// answer too, so that it ends the search.
    ///
    /// # Errors
    /// When the time ran out before anybody answered.
    pub async fn first<T, F: Future<Output = Option<T>>>(
        &self,
        ask: impl Fn(P::Guard) -> F,
    ) -> Result<Option<Answer<T>>, OutOfTime> {
        let mut clock = Clock::new(self.limit);
        for extension in &self.point.extensions() {
            if let Some(value) = clock.ask(extension, ask(extension.guard().clone())).await? {
                return Ok(Some(Answer { plugin: extension.id(), value }));
            }
        }
        Ok(None)
    }
}

impl<P: HookPoint<Mode = All> + ?Sized> Hook<P> {
    /// Asks every plugin.
    pub async fn all<T, F: Future<Output = T>>(&self, ask: impl Fn(P::Guard) -> F) -> Answers<T> {
        let mut clock = Clock::new(self.limit);
        let extensions = self.point.extensions();
        let mut answers = Vec::with_capacity(extensions.len());
        for extension in &extensions {
            match clock.ask(extension, ask(extension.guard().clone())).await {
                Ok(value) => answers.push(Answer { plugin: extension.id(), value }),
                Err(error) => {
                    tell!(error, {} "{error}");
                    return Answers { answers, out_of_time: Some(error) };
                }
            }
        }
        Answers { answers, out_of_time: None }
    }
}

impl<P: HookPoint<Mode = Fold> + ?Sized> Hook<P> {
    /// Hands a value from plugin to plugin, each of which gets what the one before made of it.
    ///
    /// # Errors
    /// When a plugin answered with an error, or the time ran out; what the plugins before made of the value is lost then.
    pub async fn fold<T, N: Next<T>, F: Future<Output = N>>(
        &self,
        value: T,
        ask: impl Fn(P::Guard, Arc<T>) -> F,
    ) -> Result<Arc<T>, Stopped<N::Error>> {
        let mut clock = Clock::new(self.limit);
        let mut value = Arc::new(value);
        for extension in &self.point.extensions() {
            let answer = ask(extension.guard().clone(), Arc::clone(&value));
            let answer = clock.ask(extension, answer).await.map_err(Stopped::OutOfTime)?;
            if let Some(next) = answer.next().map_err(|value| Stopped::By(Answer { plugin: extension.id(), value }))? {
                value = Arc::new(next);
            }
        }
        Ok(value)
    }
}

impl<P: HookPoint<Mode = Veto> + ?Sized> Hook<P> {
    /// Asks until a plugin objects; its error is the reason. A plugin that fails objects too, and so does the end of the time:
    /// what could not be asked is not allowed.
    ///
    /// # Errors
    /// Who objects, and why.
    pub async fn veto<E, F: Future<Output = Result<(), E>>>(&self, ask: impl Fn(P::Guard) -> F) -> Result<(), Stopped<E>> {
        let mut clock = Clock::new(self.limit);
        for extension in &self.point.extensions() {
            let answer = clock.ask(extension, ask(extension.guard().clone())).await.map_err(Stopped::OutOfTime)?;
            answer.map_err(|value| Stopped::By(Answer { plugin: extension.id(), value }))?;
        }
        Ok(())
    }
}

impl<P: HookPoint + ?Sized> Clone for Hook<P> {
    fn clone(&self) -> Self {
        Self { point: self.point.clone(), limit: self.limit }
    }
}

impl<P: HookPoint + ?Sized> fmt::Debug for Hook<P> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Hook").field("point", &self.point).field("limit", &self.limit).finish()
    }
}

/// The deadline of one run, by the coarse clock; a timer is armed only when a plugin makes the run wait.
struct Clock {
    begun: Moment,
    limit: Duration,
    timer: Option<Pin<Box<tokio::time::Sleep>>>,
}

impl Clock {
    fn new(limit: Duration) -> Self {
        Self { begun: Moment::now(), limit, timer: None }
    }

    async fn ask<P: HookPoint + ?Sized, T>(
        &mut self,
        extension: &Extension<P>,
        answer: impl Future<Output = T>,
    ) -> Result<T, OutOfTime> {
        let (begun, limit) = (self.begun, self.limit);
        let out_of_time = OutOfTime { hook: P::INFO, plugin: extension.plugin(), limit };
        // A call that blocks its thread cannot be ended; the next one is not begun.
        if begun.elapsed() >= limit {
            return Err(out_of_time);
        }
        let mut answer = pin!(answer);
        let timer = &mut self.timer;
        let answered = std::future::poll_fn(|context| {
            if let Poll::Ready(answer) = answer.as_mut().poll(context) {
                return Poll::Ready(Some(answer));
            }
            let timer = timer.get_or_insert_with(|| Box::pin(tokio::time::sleep(limit.saturating_sub(begun.elapsed()))));
            timer.as_mut().poll(context).map(|()| None)
        });
        answered.await.ok_or(out_of_time)
    }
}
