//! Work that one does at a time, and that nobody waits for.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Whoever has had a turn for longer is taken for one that never ends. Longer than the time after which a host says that a call hangs, so
/// that whoever comes next does not hang at the same plugin.
const LONGEST: Duration = Duration::from_secs(15);

/// Gives turns.
#[derive(Debug, Default)]
pub(super) struct Turns(Mutex<Option<Instant>>);

/// A turn; over when it is dropped.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    turns: &'a Turns,
    begun: Instant,
}

impl Turns {
    /// Takes a turn, unless somebody has one.
    pub(super) fn take(&self, now: Instant) -> Option<Turn<'_>> {
        let mut current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if current.is_some_and(|begun| now.duration_since(begun) < LONGEST) {
            return None;
        }
        *current = Some(now);
        Some(Turn { turns: self, begun: now })
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut current = self.turns.0.lock().unwrap_or_else(PoisonError::into_inner);
        // It may have been given to somebody else meanwhile.
        if *current == Some(self.begun) {
            *current = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::{LONGEST, Turns};

    #[test]
    fn one_at_a_time_until_it_takes_too_long() {
        let (turns, begin) = (Turns::default(), Instant::now());
        let first = turns.take(begin).expect("nobody has it");
        assert!(turns.take(begin).is_none() && turns.take(begin + LONGEST / 2).is_none());
        let second = turns.take(begin + LONGEST).expect("the first takes too long");
        drop(first);
        assert!(turns.take(begin + LONGEST).is_none(), "the second goes on");
        drop(second);
        assert!(turns.take(begin + LONGEST).is_some());
    }
}
