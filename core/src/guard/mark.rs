//! Which plugin's call each thread is in: one word in the thread's seat, written when a call begins and when it ends.
//!
//! A watchdog sets a bit in the word of another thread; as long as the bit stands, that thread has not left the call. What counts a
//! plugin's memory asks for the word of its own thread.

use std::marker::PhantomData;
use std::sync::atomic::{AtomicU32, Ordering};

use super::PluginNumber;
use super::seat::Seat;

// The word, from the lowest bit: seen, method, slot, plugin.
const METHOD_AT: u32 = 1;
const SLOT_AT: u32 = 16;
const PLUGIN_AT: u32 = 48;
/// Set by the watchdog, lost when the call is left.
#[cfg(feature = "host")]
const SEEN: u64 = 1;

/// The number of the plugin whose code this thread runs, or 0 for the program's own.
///
/// That is the plugin of the innermost call: of a method at an extension point or service, of an event's receiver, of `init`, `start`,
/// `stop` and `Drop`, or of one poll of what these return. Takes no lock, allocates nothing and sets nothing up, so an allocator may ask.
#[cfg(feature = "host")]
#[inline]
pub(crate) fn current_plugin() -> u32 {
    plugin_in(Seat::mine().word.load(Ordering::Relaxed))
}

#[cfg(feature = "host")]
const fn plugin_in(word: u64) -> u32 {
    (word >> PLUGIN_AT) as u32
}

/// What calls of one extension write: everything but the method.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark(u64);

impl Mark {
    /// The mark of a new slot of a plugin.
    pub(super) fn new(plugin: &PluginNumber) -> Self {
        // 0 is no slot's; the numbers begin anew after four thousand million.
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let slot = NEXT.fetch_add(1, Ordering::Relaxed).wrapping_add(1).max(1);
        Self(u64::from(plugin.get()) << PLUGIN_AT | u64::from(slot) << SLOT_AT)
    }

    /// The slot's number.
    #[cfg(feature = "host")]
    pub(super) const fn slot(self) -> u32 {
        (self.0 >> SLOT_AT) as u32
    }

    /// The word of a call of one method.
    #[inline]
    pub(super) const fn of(self, method: usize) -> u64 {
        self.0 | ((method as u64) << METHOD_AT) & ((1 << SLOT_AT) - 1)
    }
}

/// Says that this thread is in a call, until what comes back is dropped. Calls nest: a plugin may ask a service.
#[inline]
pub(super) fn enter(word: u64) -> Entered {
    let seat = Seat::take();
    let outer = seat.word.load(Ordering::Relaxed);
    if seat.is_taken() {
        seat.word.store(word, Ordering::Relaxed);
    }
    Entered { seat, outer, stays: PhantomData }
}

/// Says that this thread runs a plugin's code, until what comes back is dropped: for what is no call of an extension.
#[cfg(feature = "host")]
#[inline]
pub(crate) fn enter_plugin(plugin: &PluginNumber) -> Entered {
    enter(u64::from(plugin.get()) << PLUGIN_AT)
}

/// The same for a part of the plugin's life, which a watchdog finds as the method's number.
#[cfg(feature = "host")]
#[inline]
pub(crate) fn enter_phase(plugin: &PluginNumber, phase: u8) -> Entered {
    enter(u64::from(plugin.get()) << PLUGIN_AT | u64::from(phase) << METHOD_AT)
}

/// The stay of a thread in a call; see [`enter`]. It ends on the thread on which it began, also by a panic.
#[derive(Debug)]
#[must_use = "the call ends where this is dropped"]
pub(crate) struct Entered {
    seat: &'static Seat,
    /// The call that goes on afterwards, with the watchdog's bit if it was set.
    outer: u64,
    stays: PhantomData<*const ()>,
}

impl Drop for Entered {
    #[inline]
    fn drop(&mut self) {
        if self.seat.is_taken() {
            self.seat.word.store(self.outer, Ordering::Relaxed);
        }
    }
}

/// A thread's way through several extensions that are called one after the other: what is the same for all of them is done once.
/// Ends where it is dropped.
#[cfg(feature = "host")]
#[derive(Debug)]
#[must_use = "the round ends where this is dropped"]
pub(crate) struct Round(Entered);

#[cfg(feature = "host")]
impl Round {
    /// Begins a round; the thread is still in the call that it was in.
    #[inline]
    pub(crate) fn begin() -> Self {
        let seat = Seat::take();
        Self(Entered { seat, outer: seat.word.load(Ordering::Relaxed), stays: PhantomData })
    }

    /// The thread's seat.
    #[inline]
    pub(super) const fn seat(&self) -> &'static Seat {
        self.0.seat
    }

    /// Says that the thread is in the call that it was in when the round began.
    #[inline]
    pub(super) fn step_out(&self) {
        if self.0.seat.is_taken() {
            self.0.seat.word.store(self.0.outer, Ordering::Relaxed);
        }
    }
}

/// The watchdog's side.
#[cfg(feature = "host")]
mod watch {
    use super::super::seat::NO_CALL;
    use super::{METHOD_AT, Ordering, PLUGIN_AT, SEEN, SLOT_AT, Seat};

    /// A call as a seat's word names it.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(crate) struct Marked {
        /// The plugin's number.
        pub(crate) plugin: u32,
        /// The slot's number; 0 for code that is no call of an extension.
        pub(crate) slot: u32,
        /// The method's number; for code that is no call of an extension, which part of the plugin's life it is.
        pub(crate) method: usize,
    }

    impl Seat {
        /// The call that the thread is in, and whether it is the one that was there at the last look.
        pub(crate) fn look(&self) -> Option<(Marked, bool)> {
            let word = self.word.load(Ordering::Relaxed);
            if word == NO_CALL {
                return None;
            }
            let was_seen = word & SEEN != 0;
            if !was_seen {
                // When this fails the thread went on, which the next look finds out.
                let _ = self.word.compare_exchange(word, word | SEEN, Ordering::Relaxed, Ordering::Relaxed);
            }
            let bits = |from: u32, to: u32| (word >> from) & ((1 << (to - from)) - 1);
            let marked = Marked {
                plugin: super::plugin_in(word),
                slot: u32::try_from(bits(SLOT_AT, PLUGIN_AT)).unwrap_or_default(),
                method: usize::try_from(bits(METHOD_AT, SLOT_AT)).unwrap_or_default(),
            };
            Some((marked, was_seen))
        }
    }
}

#[cfg(feature = "host")]
pub(crate) use watch::Marked;

#[cfg(all(test, feature = "host"))]
mod tests {
    use super::*;

    fn look() -> Option<(Marked, bool)> {
        Seat::mine().look()
    }

    #[test]
    fn a_call_is_seen_again_until_it_is_left() {
        let (outer, inner) = (Mark::new(&PluginNumber::take()), Mark::new(&PluginNumber::take()));
        let call = Marked { plugin: plugin_in(outer.of(3)), slot: outer.slot(), method: 3 };
        {
            let _in_call = enter(outer.of(3));
            assert_eq!((look(), look()), (Some((call, false)), Some((call, true))));
            {
                let _in_service = enter(inner.of(1));
                assert_ne!(look(), Some((call, true)));
            }
            assert_eq!(look(), Some((call, true)), "the outer call goes on");
        }
        assert_eq!(look(), None);
        let _again = enter(outer.of(3));
        assert_eq!(look(), Some((call, false)), "another call of the same method");
    }

    #[test]
    fn a_round_leaves_the_thread_in_the_call_that_it_was_in() {
        let (outer, told) = (Mark::new(&PluginNumber::take()), Mark::new(&PluginNumber::take()));
        let slot = || look().map(|(call, _)| call.slot);
        let _in_call = enter(outer.of(0));
        let round = Round::begin();
        assert_eq!(slot(), Some(outer.slot()), "nobody has been called yet");
        round.seat().begin(told.of(0));
        assert_eq!(slot(), Some(told.slot()));
        round.step_out();
        assert_eq!(slot(), Some(outer.slot()));
        round.seat().begin(told.of(0));
        drop(round);
        assert_eq!(slot(), Some(outer.slot()));
    }

    #[test]
    fn the_largest_numbers_keep_apart() {
        let mark = Mark(u64::from(u16::MAX) << PLUGIN_AT | u64::from(u32::MAX) << SLOT_AT);
        let _in_call = enter(mark.of(32_767));
        assert_eq!(look(), Some((Marked { plugin: 65_535, slot: u32::MAX, method: 32_767 }, false)));
    }

    #[test]
    fn the_current_plugin_is_that_of_the_innermost_call() {
        let (first, second) = (PluginNumber::take(), PluginNumber::take());
        assert_eq!(current_plugin(), 0);
        let in_first = enter(Mark::new(&first).of(0));
        assert_eq!(current_plugin(), u32::from(first.get()));
        let panicked = std::panic::catch_unwind(|| {
            let _in_second = enter_plugin(&second);
            assert_eq!(current_plugin(), u32::from(second.get()));
            std::panic::resume_unwind(Box::new("left by a panic"));
        });
        assert!(panicked.is_err());
        assert_eq!(current_plugin(), u32::from(first.get()));
        drop(in_first);
        assert_eq!(current_plugin(), 0);
    }
}
