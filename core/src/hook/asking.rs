//! Asks all plugins of a hook, in start order, in the hook's mode and within one deadline.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use keyway_manifest::Descriptor;

use super::round::Round;
use super::{All, Answer, Answers, Asked, First, Fold, HookPoint, Interrupted, Interruption, Next, Stopped, Veto};
use crate::Error;
use crate::context::CapabilitySource;
use crate::guard::{Aggregate, Timer};
use crate::link::{self, Link};

/// All plugins of the hook `H`, to be asked together; made by `Host::hook` and by [`Context::hook`](crate::Context::hook).
///
/// It has the method of its mode to ask with, and beside it one ending in `_now` for hooks whose methods are not async: that one lends
/// the plugin instead of giving a share of it, makes no future, and costs hardly more than a loop over the guards. Each plugin is asked through its guard, with the deadline of one call (of an async
/// method 2 s, unless the point says otherwise) and its failure policy; on top of that, all together have
/// [`Aggregate::DEFAULT_LIMIT`], 5 s. Plugins are asked one after the other in start order.
///
/// Keep it where a hook is asked often; every time it asks the plugins that run at that moment. A plugin that extends a hook which it
/// asks is asked too. When answering leads it to ask again, it goes in a circle, which ends with [`Interruption::Circle`](super::Interruption::Circle). That is seen
/// on one chain of calls and awaits; work handed to another task or thread is ended by the deadlines only.
///
/// ```
/// # #[cfg(feature = "host")] mod with_host {
/// use keyway::hook::Stopped;
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
/// # }
/// # fn main() {}
/// ```
pub struct Hook<H: HookPoint + ?Sized> {
    pub(super) link: Link<H>,
    pub(super) asker: Option<&'static Descriptor>,
    pub(super) timer: Arc<dyn Timer>,
    pub(super) limit: Duration,
    pub(super) is_required: bool,
}

impl<H: HookPoint + ?Sized> Hook<H> {
    pub(crate) const fn new(link: Link<H>, asker: Option<&'static Descriptor>, timer: Arc<dyn Timer>) -> Self {
        Self { link, asker, timer, limit: Aggregate::DEFAULT_LIMIT, is_required: false }
    }

    /// Finds the hook in the host behind `source`, for the plugin `asker`.
    pub(crate) fn find(asker: &'static Descriptor, source: &dyn CapabilitySource) -> Result<Self, Error>
    where
        H: 'static,
    {
        let (link, _) = link::find::<H>(source)?;
        let timer = link.timer();
        Ok(Self::new(link, Some(asker), timer))
    }

    /// Sets the time that all plugins have together.
    #[must_use]
    pub const fn within(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Does not take silence for an answer: while no plugin of the hook runs, asking ends with
    /// [`Interruption::Nobody`](super::Interruption::Nobody). Without this a `veto` that nobody is there to object to is a yes.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.is_required = true;
        self
    }

    /// Fails when nobody is there to be asked and that matters.
    #[inline]
    pub(super) const fn need(&self, plugins: usize) -> Result<(), Interrupted> {
        if plugins == 0 && self.is_required {
            return Err(Interrupted { hook: H::INFO, plugin: self.asker, kind: Interruption::Nobody });
        }
        Ok(())
    }
}

impl<H: HookPoint<Mode = First> + ?Sized> Hook<H> {
    /// Asks until a plugin answers with `Some`. Where the method returns `Result<Option<_>, _>`, `transpose()` makes an error an
    /// answer too, so that it ends the search.
    ///
    /// # Errors
    /// When the time ran out before anybody answered, or a plugin asks in a circle.
    pub async fn first<T, F: Future<Output = Option<T>>>(
        &self,
        ask: impl Fn(Asked<H>) -> F,
    ) -> Result<Option<Answer<T>>, Interrupted> {
        let mut round = Round::begin(self)?;
        let listed = self.link.list();
        self.need(listed.iter().len())?;
        for plugin in listed.iter().map(Asked) {
            let id = plugin.id();
            if let Some(value) = round.ask(plugin, &ask).await? {
                return Ok(Some(Answer { plugin: id, value }));
            }
        }
        Ok(None)
    }
}

impl<H: HookPoint<Mode = All> + ?Sized> Hook<H> {
    /// Asks every plugin.
    pub async fn all<T, F: Future<Output = T>>(&self, ask: impl Fn(Asked<H>) -> F) -> Answers<T> {
        let mut answers = Vec::new();
        let interrupted = self.each(&mut answers, ask).await.err();
        if let Some(interrupted) = &interrupted {
            self.link.report(interrupted);
        }
        Answers { answers, interrupted }
    }

    async fn each<T, F: Future<Output = T>>(
        &self,
        answers: &mut Vec<Answer<T>>,
        ask: impl Fn(Asked<H>) -> F,
    ) -> Result<(), Interrupted> {
        let mut round = Round::begin(self)?;
        let listed = self.link.list();
        self.need(listed.iter().len())?;
        answers.reserve_exact(listed.iter().len());
        for plugin in listed.iter().map(Asked) {
            let id = plugin.id();
            let value = round.ask(plugin, &ask).await?;
            answers.push(Answer { plugin: id, value });
        }
        Ok(())
    }
}

impl<H: HookPoint<Mode = Fold> + ?Sized> Hook<H> {
    /// Hands a value from plugin to plugin, each of which gets what the one before made of it.
    ///
    /// # Errors
    /// When a plugin answered with an error, the time ran out, or a plugin asks in a circle; what the plugins before made of the value
    /// is lost then.
    pub async fn fold<T, N: Next<T>, F: Future<Output = N>>(
        &self,
        value: T,
        ask: impl Fn(Asked<H>, Arc<T>) -> F,
    ) -> Result<Arc<T>, Stopped<N::Error>> {
        let mut round = Round::begin(self).map_err(Stopped::Interrupted)?;
        let listed = self.link.list();
        self.need(listed.iter().len()).map_err(Stopped::Interrupted)?;
        let mut value = Arc::new(value);
        for plugin in listed.iter().map(Asked) {
            let id = plugin.id();
            let answer = round.ask(plugin, |plugin| ask(plugin, Arc::clone(&value))).await;
            let next = answer.map_err(Stopped::Interrupted)?.next();
            if let Some(next) = next.map_err(|value| Stopped::By(Answer { plugin: id, value }))? {
                match Arc::get_mut(&mut value) {
                    // Nobody has kept the one before, so its place serves again.
                    Some(place) => *place = next,
                    None => value = Arc::new(next),
                }
            }
        }
        Ok(value)
    }
}

impl<H: HookPoint<Mode = Veto> + ?Sized> Hook<H> {
    /// Asks until a plugin objects; its error is the reason. A plugin that fails objects too, and so does whatever interrupts the hook:
    /// what could not be asked is not allowed. While no plugin of the hook runs, nobody objects, unless the hook is
    /// [`required`](Self::required).
    ///
    /// # Errors
    /// Who objects, and why.
    pub async fn veto<E, F: Future<Output = Result<(), E>>>(&self, ask: impl Fn(Asked<H>) -> F) -> Result<(), Stopped<E>> {
        let mut round = Round::begin(self).map_err(Stopped::Interrupted)?;
        let listed = self.link.list();
        self.need(listed.iter().len()).map_err(Stopped::Interrupted)?;
        for plugin in listed.iter().map(Asked) {
            let id = plugin.id();
            let answer = round.ask(plugin, &ask).await.map_err(Stopped::Interrupted)?;
            answer.map_err(|value| Stopped::By(Answer { plugin: id, value }))?;
        }
        Ok(())
    }
}

impl<H: HookPoint + ?Sized> Clone for Hook<H> {
    fn clone(&self) -> Self {
        Self {
            link: self.link.clone(),
            asker: self.asker,
            timer: Arc::clone(&self.timer),
            limit: self.limit,
            is_required: self.is_required,
        }
    }
}

impl<H: HookPoint + ?Sized> fmt::Debug for Hook<H> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let listed = self.link.list();
        let plugins: Vec<_> = listed.iter().map(|shared| shared.plugin().id.as_str()).collect();
        let mut fields = formatter.debug_struct("Hook");
        fields.field("id", &H::INFO.id.as_str()).field("plugins", &plugins).field("limit", &self.limit).finish_non_exhaustive()
    }
}
