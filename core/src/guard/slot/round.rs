//! Synchronous calls of several extensions, made one after the other by one publisher.

use super::{Slot, Unusual, Which};
use crate::Error;
use crate::guard::clock::Moment;
use crate::guard::{OutcomeOpen, Round, Trouble};

impl Slot {
    /// Makes one synchronous call of a round, and deals with what goes wrong. The call is told from the next one by its own mark; when
    /// the round ends, the thread is back in the call that it was in.
    #[inline(always)]
    pub(crate) fn call_in(&self, round: &Round, method: usize, call: impl FnOnce() -> Result<(), Box<Trouble>>) {
        let seat = round.seat();
        let is_plain = self.gate.is_free() && seat.is_taken();
        if !is_plain || self.is_sampled(seat) {
            round.step_out();
            let call = || Trouble::answer(call());
            // What went wrong was told by `replace`.
            let _ = self.call_watched::<OutcomeOpen<_>, _>(Unusual { call, method, is_sampled: is_plain });
            return;
        }
        let begun = Moment::now();
        seat.begin(self.mark.of(method));
        if let Err(trouble) = call() {
            self.troubled(method, trouble, begun);
        }
    }

    #[cold]
    fn troubled(&self, method: usize, trouble: Box<Trouble>, begun: Moment) {
        let answer = Trouble::answer(Err(trouble));
        let _ = self.settle::<OutcomeOpen<Result<(), Error>>>(Which::sync(method), answer, || begun.elapsed(), None);
    }
}
