//! What is to be looked at, when, and what follows from what was seen: without files, threads or a clock of its own.

use std::collections::BTreeMap;
use std::time::Duration;

use super::terms::WatchTerms;

/// Time since the watching began.
pub(super) type Time = Duration;

/// What a look at a place showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sight<T> {
    /// This is there.
    Seen(T),
    /// There is no plugin.
    Absent,
    /// It changed while it was read.
    Unsteady,
    /// This pass has read enough.
    Later,
    /// It is more than any pass may read.
    TooMuch,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome<T> {
    Nothing,
    /// Something else is there, and has been for as long as the terms ask. The schedule waits for [`Schedule::answered`].
    Changed {
        seen: T,
        /// Whether this is told for the first time of a place that was there when the watching began.
        is_first: bool,
    },
    /// What was there is gone.
    Gone,
    /// It was found to be too much, for the first time.
    TooMuch,
    /// The last reloads were too slow; the place is looked at, and nothing is done about it.
    Paused,
}

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The plugin was reloaded, or was tried to be: the same files are not tried again.
    Tried {
        /// How long that took.
        took: Duration,
    },
    /// There was nothing to do.
    Nothing,
    /// By then the files were not those that were seen.
    Unsteady,
}

/// All places, and where each of them stands. `P` names a place, `T` is what is seen there.
#[derive(Debug)]
pub(super) struct Schedule<P, T> {
    terms: WatchTerms,
    places: BTreeMap<P, Course<T>>,
    has_begun: bool,
}

#[derive(Debug)]
struct Course<T> {
    /// What was there when something was last done about it.
    known: Option<T>,
    /// Whether nothing was told of it yet.
    is_new: bool,
    was_there: bool,
    phase: Phase<T>,
    /// When the cool-down ends.
    rested: Time,
    slow_in_a_row: u32,
    is_paused: bool,
    is_too_much: bool,
}

#[derive(Debug)]
enum Phase<T> {
    Quiet,
    /// Something happened at this time, and nothing after it.
    Stirred(Time),
    /// Looked at once, at this time.
    Settling(Option<T>, Time),
    /// Told as changed.
    Told {
        seen: T,
        is_stirred: bool,
    },
}

impl<P: Ord + Clone, T: Clone + Eq> Schedule<P, T> {
    pub(super) const fn new(terms: WatchTerms) -> Self {
        Self { terms, places: BTreeMap::new(), has_begun: false }
    }

    /// Places that are named from now on were not there before.
    pub(super) const fn begin(&mut self) {
        self.has_begun = true;
    }

    /// Something happened at a place.
    pub(super) fn stirred(&mut self, place: P, now: Time) {
        let course = self.course(place);
        match &mut course.phase {
            Phase::Told { is_stirred, .. } => *is_stirred = true,
            phase => *phase = Phase::Stirred(now),
        }
    }

    /// Something may have happened at a place. What is under way is not disturbed, so that looking through all places may be done often.
    pub(super) fn doubted(&mut self, place: P, now: Time) {
        let course = self.course(place);
        if matches!(course.phase, Phase::Quiet) {
            course.phase = Phase::Stirred(now);
        }
    }

    /// The places that something is known of.
    pub(super) fn places(&self) -> impl Iterator<Item = &P> {
        self.places.keys()
    }

    /// The place to look at now: the one that has waited for longest.
    pub(super) fn due(&self, now: Time) -> Option<P> {
        let due = self.places.iter().filter_map(|(place, course)| Some((course.due(&self.terms)?, place)));
        due.min_by_key(|(at, _)| *at).filter(|(at, _)| *at <= now).map(|(_, place)| place.clone())
    }

    /// When there will be a place to look at.
    pub(super) fn wake(&self) -> Option<Time> {
        self.places.values().filter_map(|course| course.due(&self.terms)).min()
    }

    /// Takes in what was seen at a place that was [due](Self::due).
    pub(super) fn looked(&mut self, place: &P, sight: Sight<T>, now: Time) -> Outcome<T> {
        let Some(course) = self.places.get_mut(place) else { return Outcome::Nothing };
        let outcome = course.looked(sight, now);
        if course.is_forgettable() {
            self.places.remove(place);
        }
        outcome
    }

    /// Takes in what became of a change.
    pub(super) fn answered(&mut self, place: &P, answer: Answer, now: Time) -> Outcome<T> {
        let terms = self.terms;
        self.places.get_mut(place).map_or(Outcome::Nothing, |course| course.answered(answer, &terms, now))
    }

    /// The plugin was reloaded by somebody else: a pause ends, and what changed meanwhile is looked at.
    pub(super) fn resumed(&mut self, place: P, now: Time) {
        let course = self.course(place.clone());
        (course.is_paused, course.slow_in_a_row) = (false, 0);
        self.doubted(place, now);
    }

    fn course(&mut self, place: P) -> &mut Course<T> {
        let was_there = !self.has_begun;
        self.places.entry(place).or_insert_with(|| Course {
            known: None,
            is_new: true,
            was_there,
            phase: Phase::Quiet,
            rested: Time::ZERO,
            slow_in_a_row: 0,
            is_paused: false,
            is_too_much: false,
        })
    }
}

impl<T: Clone + Eq> Course<T> {
    /// When it is to be looked at.
    fn due(&self, terms: &WatchTerms) -> Option<Time> {
        match &self.phase {
            Phase::Quiet | Phase::Told { .. } => None,
            Phase::Stirred(at) => Some(*at + terms.debounce),
            // The cool-down comes before the second look, so that nothing can change between it and what is done.
            Phase::Settling(_, at) => Some((*at + terms.debounce).max(self.rested)),
        }
    }

    /// Whether nothing is lost when nothing more is known of it: most names that come and go in a folder are of no plugin.
    const fn is_forgettable(&self) -> bool {
        self.known.is_none() && self.is_new && matches!(self.phase, Phase::Quiet) && !self.is_too_much
    }

    fn looked(&mut self, sight: Sight<T>, now: Time) -> Outcome<T> {
        let seen = match sight {
            Sight::Seen(seen) => Some(seen),
            Sight::Absent => None,
            Sight::Unsteady | Sight::Later => {
                self.phase = Phase::Stirred(now);
                return Outcome::Nothing;
            }
            Sight::TooMuch => {
                self.phase = Phase::Quiet;
                let was_told = std::mem::replace(&mut self.is_too_much, true);
                return if was_told { Outcome::Nothing } else { Outcome::TooMuch };
            }
        };
        self.is_too_much = false;
        let before = std::mem::replace(&mut self.phase, Phase::Quiet);
        if seen == self.known {
            return Outcome::Nothing;
        }
        let is_steady = matches!(before, Phase::Settling(before, _) if before == seen);
        match seen {
            seen if !is_steady => {
                self.phase = Phase::Settling(seen, now);
                Outcome::Nothing
            }
            None => {
                self.known = None;
                Outcome::Gone
            }
            Some(_) if self.is_paused => Outcome::Nothing,
            Some(seen) => {
                self.phase = Phase::Told { seen: seen.clone(), is_stirred: false };
                Outcome::Changed { seen, is_first: std::mem::replace(&mut self.is_new, false) && self.was_there }
            }
        }
    }

    fn answered(&mut self, answer: Answer, terms: &WatchTerms, now: Time) -> Outcome<T> {
        let Phase::Told { seen, is_stirred } = std::mem::replace(&mut self.phase, Phase::Quiet) else { return Outcome::Nothing };
        if is_stirred || answer == Answer::Unsteady {
            self.phase = Phase::Stirred(now);
        }
        if answer != Answer::Unsteady {
            self.known = Some(seen);
        }
        let Answer::Tried { took } = answer else { return Outcome::Nothing };
        self.rested = now + terms.cool_down;
        self.slow_in_a_row = if took > terms.slow { self.slow_in_a_row + 1 } else { 0 };
        if self.slow_in_a_row < terms.slow_in_a_row {
            return Outcome::Nothing;
        }
        self.is_paused = true;
        Outcome::Paused
    }
}
