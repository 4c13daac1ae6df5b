//! Which call each thread is in, so that a watchdog can name one that hangs.
//!
//! Every thread that makes calls has a seat with one word in it: the extension and method that it is in. Entering and leaving a call
//! are plain stores to it. A watchdog sets a bit in the word; as long as the bit stands, the thread has not left that call.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// The word of a thread that is in no call.
const NO_CALL: u64 = 0;
/// Set by the watchdog, lost when the call is left.
#[cfg(feature = "host")]
const SEEN: u64 = 1;
const METHOD_BITS: u32 = 15;

/// The place in which one thread says what it does.
#[derive(Debug)]
pub(crate) struct Seat {
    word: AtomicU64,
    thread: Mutex<String>,
}

/// A call as a seat's word names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(feature = "host"), expect(dead_code, reason = "only hosts have a watchdog"))]
pub(crate) struct Marked {
    /// The slot's number.
    pub(crate) slot: u64,
    /// The method's number.
    pub(crate) method: usize,
}

/// All seats that were ever made; one is used again when its thread has ended.
static SEATS: Mutex<Vec<&'static Seat>> = Mutex::new(Vec::new());
static FREE: Mutex<Vec<&'static Seat>> = Mutex::new(Vec::new());

thread_local! {
    static SEAT: Cell<Option<&'static Seat>> = const { Cell::new(None) };
    static LEASE: Lease = const { Lease };
}

/// Gives the thread's seat back when the thread ends.
struct Lease;

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(seat) = SEAT.take() {
            FREE.lock().unwrap_or_else(PoisonError::into_inner).push(seat);
        }
    }
}

/// Says that this thread is in a call while `work` runs. `work` must not panic: what it calls is behind a shield.
#[inline]
pub(super) fn during<T>(slot: u64, method: usize, work: impl FnOnce() -> T) -> T {
    let outer = enter(slot, method);
    let answer = work();
    leave(outer);
    answer
}

/// The call that a thread was in before; for [`leave`].
#[derive(Clone, Copy)]
pub(super) struct Outer(Option<(&'static Seat, u64)>);

/// Begins a call as [`during`] does, for the fast path, on which moving the answer out of a closure would cost more than the mark.
#[inline]
pub(super) fn enter(slot: u64, method: usize) -> Outer {
    let Some(seat) = SEAT.get().or_else(take_seat) else { return Outer(None) };
    // Calls nest: a plugin may ask a service. The outer one goes on afterwards, with the watchdog's bit if it was set.
    let outer = seat.word.load(Ordering::Relaxed);
    seat.word.store(slot << (METHOD_BITS + 1) | (method as u64) << 1, Ordering::Relaxed);
    Outer(Some((seat, outer)))
}

/// Ends a call that [`enter`] began.
#[inline]
pub(super) fn leave(outer: Outer) {
    if let Outer(Some((seat, word))) = outer {
        seat.word.store(word, Ordering::Relaxed);
    }
}

#[cold]
fn take_seat() -> Option<&'static Seat> {
    // A thread that is already ending goes without.
    LEASE.try_with(|_| ()).ok()?;
    let name = std::thread::current();
    let name = name.name().map_or_else(|| format!("{:?}", name.id()), |text| format!("`{text}` ({:?})", name.id()));
    let free = FREE.lock().unwrap_or_else(PoisonError::into_inner).pop();
    let seat = free.unwrap_or_else(|| {
        let seat: &'static Seat = Box::leak(Box::new(Seat { word: AtomicU64::new(NO_CALL), thread: Mutex::default() }));
        SEATS.lock().unwrap_or_else(PoisonError::into_inner).push(seat);
        seat
    });
    *seat.thread.lock().unwrap_or_else(PoisonError::into_inner) = name;
    SEAT.set(Some(seat));
    Some(seat)
}

/// The next slot number; 0 is never one.
pub(super) fn next_slot() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// The watchdog's side.
#[cfg(feature = "host")]
pub(crate) mod watch {
    use super::{METHOD_BITS, Marked, NO_CALL, Ordering, PoisonError, SEATS, SEEN, Seat};

    /// All seats there are now; one keeps its place in the list.
    pub(crate) fn seats() -> Vec<&'static Seat> {
        SEATS.lock().unwrap_or_else(PoisonError::into_inner).clone()
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
            let slot = word >> (METHOD_BITS + 1);
            let method = usize::try_from(word >> 1 & ((1 << METHOD_BITS) - 1)).unwrap_or_default();
            Some((Marked { slot, method }, was_seen))
        }

        /// Name and id of the thread.
        pub(crate) fn thread(&self) -> String {
            self.thread.lock().unwrap_or_else(PoisonError::into_inner).clone()
        }
    }
}

#[cfg(all(test, feature = "host"))]
mod tests {
    use super::*;

    fn mine() -> &'static Seat {
        SEAT.get().expect("this thread has made a call")
    }

    #[test]
    fn a_call_is_seen_again_until_it_is_left() {
        let slot = next_slot();
        during(slot, 3, || {
            let call = Marked { slot, method: 3 };
            assert_eq!((mine().look(), mine().look()), (Some((call, false)), Some((call, true))));
            during(next_slot(), 1, || assert_ne!(mine().look(), Some((call, true))));
            assert_eq!(mine().look(), Some((call, true)), "the outer call goes on");
        });
        assert_eq!(mine().look(), None);
        during(slot, 3, || {
            assert_eq!(mine().look(), Some((Marked { slot, method: 3 }, false)), "another call of the same method");
        });
    }

    #[test]
    fn the_seat_of_a_thread_that_ended_is_used_again() {
        let count = || {
            let seat = || during(next_slot(), 0, || std::ptr::from_ref(mine()) as usize);
            std::thread::Builder::new().name("short".into()).spawn(seat).expect("a thread can be made").join().expect("it ends")
        };
        let seats: std::collections::BTreeSet<_> = (0..50).map(|_| count()).collect();
        assert!(seats.len() < 25, "{}", seats.len());
        assert!(watch::seats().iter().any(|seat| seat.thread().starts_with("`short` (ThreadId(")));
    }
}
