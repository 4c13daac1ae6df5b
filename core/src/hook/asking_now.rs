//! Asks the plugins of a hook whose methods are not async, without a future for each of them.
//!
//! Order, time limit and circles are those of the forms that wait. A closure may be lent the plugin here, because nothing it makes can
//! outlive the call.

use super::round::RoundNow;
use super::{All, Answer, Answers, First, Fold, Hook, HookPoint, Interrupted, Next, Stopped, Veto};

impl<H: HookPoint<Mode = First> + ?Sized> Hook<H> {
    /// Like [`first`](Self::first), for methods that are not async: `hook.first_now(|plugin| plugin.find(path))`.
    ///
    /// # Errors
    /// When the time ran out before anybody answered, or a plugin asks in a circle.
    pub fn first_now<T>(&self, ask: impl Fn(&H::Guard) -> Option<T>) -> Result<Option<Answer<T>>, Interrupted> {
        let round = RoundNow::begin(self)?;
        let loaded = self.link.load();
        self.need(loaded.len())?;
        for (plugin, guard) in loaded.iter() {
            if let Some(value) = round.ask::<H, _>(plugin, || ask(guard))? {
                return Ok(Some(Answer { plugin: plugin.id.as_str(), value }));
            }
        }
        Ok(None)
    }
}

impl<H: HookPoint<Mode = All> + ?Sized> Hook<H> {
    /// Like [`all`](Self::all), for methods that are not async: `hook.all_now(|plugin| plugin.saved(path))`.
    pub fn all_now<T>(&self, ask: impl Fn(&H::Guard) -> T) -> Answers<T> {
        let mut answers = Vec::new();
        let interrupted = self.each_now(&mut answers, ask).err();
        if let Some(interrupted) = &interrupted {
            self.link.report(interrupted);
        }
        Answers { answers, interrupted }
    }

    fn each_now<T>(&self, answers: &mut Vec<Answer<T>>, ask: impl Fn(&H::Guard) -> T) -> Result<(), Interrupted> {
        let round = RoundNow::begin(self)?;
        let loaded = self.link.load();
        self.need(loaded.len())?;
        answers.reserve_exact(loaded.len());
        for (plugin, guard) in loaded.iter() {
            let value = round.ask::<H, _>(plugin, || ask(guard))?;
            answers.push(Answer { plugin: plugin.id.as_str(), value });
        }
        Ok(())
    }
}

impl<H: HookPoint<Mode = Fold> + ?Sized> Hook<H> {
    /// Like [`fold`](Self::fold), for methods that are not async: `hook.fold_now(text, |plugin, text| plugin.change(text))`. The value
    /// stays where it is, so nothing is allocated for it.
    ///
    /// # Errors
    /// When a plugin answered with an error, the time ran out, or a plugin asks in a circle; what the plugins before made of the value
    /// is lost then.
    #[inline]
    pub fn fold_now<T, N: Next<T>>(&self, value: T, ask: impl Fn(&H::Guard, &T) -> N) -> Result<T, Stopped<N::Error>> {
        let round = RoundNow::begin(self).map_err(Stopped::Interrupted)?;
        let mut value = value;
        let loaded = self.link.load();
        self.need(loaded.len()).map_err(Stopped::Interrupted)?;
        for (plugin, guard) in loaded.iter() {
            let next = round.ask::<H, _>(plugin, || ask(guard, &value)).map_err(Stopped::Interrupted)?.next();
            if let Some(next) = next.map_err(|value| Stopped::By(Answer { plugin: plugin.id.as_str(), value }))? {
                value = next;
            }
        }
        Ok(value)
    }
}

impl<H: HookPoint<Mode = Veto> + ?Sized> Hook<H> {
    /// Like [`veto`](Self::veto), for methods that are not async: `hook.veto_now(|plugin| plugin.may_delete(path))?`.
    ///
    /// # Errors
    /// Who objects, and why.
    pub fn veto_now<E>(&self, ask: impl Fn(&H::Guard) -> Result<(), E>) -> Result<(), Stopped<E>> {
        let round = RoundNow::begin(self).map_err(Stopped::Interrupted)?;
        let loaded = self.link.load();
        self.need(loaded.len()).map_err(Stopped::Interrupted)?;
        for (plugin, guard) in loaded.iter() {
            let answer = round.ask::<H, _>(plugin, || ask(guard)).map_err(Stopped::Interrupted)?;
            answer.map_err(|value| Stopped::By(Answer { plugin: plugin.id.as_str(), value }))?;
        }
        Ok(())
    }
}
