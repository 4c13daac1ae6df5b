//! The place in which each thread says which call it is in, for a watchdog and for whoever counts what a plugin uses.
//!
//! A thread finds its seat by one load of a thread-local variable that needs no set-up and no destructor, so even an allocator may ask.
//! Other threads may look at a seat at any time: seats are never freed, but used again when their thread has ended.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use super::counter::EXCLUSIVE;

/// The word of a thread that is in no call.
pub(super) const NO_CALL: u64 = 0;

/// One thread's place. It has a cache line for itself (two, because processors fetch them in pairs), since it is written in every call.
#[derive(Debug)]
#[repr(align(128))]
pub(crate) struct Seat {
    /// The call as [`mark`](super::mark) writes it.
    pub(super) word: AtomicU64,
    /// The line in which this thread counts: seats are numbered as they are made, and all from [`EXCLUSIVE`] on share one line.
    line: usize,
    thread: Mutex<String>,
}

/// Stands for the seat of a thread that has none. Nobody writes to it, and it never looks idle, so that the fast path of a call needs
/// no question of its own to leave it alone.
static UNSEATED: Seat = Seat { word: AtomicU64::new(1), line: EXCLUSIVE, thread: Mutex::new(String::new()) };

/// All seats that were ever made.
static SEATS: Mutex<Vec<&'static Seat>> = Mutex::new(Vec::new());
static FREE: Mutex<Vec<&'static Seat>> = Mutex::new(Vec::new());

thread_local! {
    static SEAT: Cell<&'static Seat> = const { Cell::new(&UNSEATED) };
    static LEASE: Lease = const { Lease };
}

/// Gives the thread's seat back when the thread ends.
struct Lease;

impl Drop for Lease {
    fn drop(&mut self) {
        let seat = SEAT.replace(&UNSEATED);
        if seat.is_taken() {
            seat.end();
            // The lock also shows this thread's counts to the next one in the seat.
            FREE.lock().unwrap_or_else(PoisonError::into_inner).push(seat);
        }
    }
}

impl Seat {
    /// The calling thread's seat, or what stands for one. Allocates nothing.
    #[inline]
    pub(super) fn mine() -> &'static Self {
        SEAT.get()
    }

    /// The calling thread's seat; it gets one if it has none. A thread that is already ending goes without.
    #[inline]
    pub(super) fn take() -> &'static Self {
        let seat = Self::mine();
        if seat.is_taken() { seat } else { sit_down() }
    }

    /// Whether this is the seat of a thread, not what stands for one.
    #[inline]
    pub(super) fn is_taken(&self) -> bool {
        !std::ptr::eq(self, &UNSEATED)
    }

    /// The line of each counter in which this thread counts.
    #[inline]
    pub(super) const fn line(&self) -> usize {
        self.line
    }

    /// Begins a call on a seat that is idle.
    #[inline]
    pub(super) fn begin(&self, word: u64) {
        self.word.store(word, Ordering::Relaxed);
    }

    /// Ends a call that began on an idle seat.
    #[inline]
    pub(super) fn end(&self) {
        self.word.store(NO_CALL, Ordering::Relaxed);
    }

    /// Whether the thread has a seat and is in no call.
    #[inline]
    pub(super) fn is_idle(&self) -> bool {
        self.word.load(Ordering::Relaxed) == NO_CALL
    }
}

#[cold]
fn sit_down() -> &'static Seat {
    // Touching the lease registers its destructor.
    if LEASE.try_with(|_| ()).is_err() {
        return &UNSEATED;
    }
    let thread = std::thread::current();
    let name = thread.name().map_or_else(|| format!("{:?}", thread.id()), |text| format!("`{text}` ({:?})", thread.id()));
    let seat = take_free().unwrap_or_else(make);
    *seat.thread.lock().unwrap_or_else(PoisonError::into_inner) = name;
    SEAT.set(seat);
    seat
}

/// The best of the free seats: one that counts calls without locked instructions, if there is one.
fn take_free() -> Option<&'static Seat> {
    let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
    let best = free.iter().enumerate().min_by_key(|(_, seat)| seat.line)?.0;
    Some(free.swap_remove(best))
}

fn make() -> &'static Seat {
    let mut seats = SEATS.lock().unwrap_or_else(PoisonError::into_inner);
    let seat: &'static Seat = {
        let line = seats.len().min(EXCLUSIVE);
        Box::leak(Box::new(Seat { word: AtomicU64::new(NO_CALL), line, thread: Mutex::default() }))
    };
    seats.push(seat);
    seat
}

/// The side of those who look at seats of other threads.
#[cfg(feature = "host")]
mod look {
    use super::{PoisonError, SEATS, Seat};

    impl Seat {
        /// All seats there are now; one keeps its place in the list.
        pub(crate) fn all() -> Vec<&'static Self> {
            SEATS.lock().unwrap_or_else(PoisonError::into_inner).clone()
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

    #[test]
    fn the_seat_of_a_thread_that_ended_is_used_again() {
        let count = || {
            let seat = || std::ptr::from_ref(Seat::take()) as usize;
            std::thread::Builder::new().name("short".into()).spawn(seat).expect("a thread can be made").join().expect("it ends")
        };
        let seats: std::collections::BTreeSet<_> = (0..50).map(|_| count()).collect();
        assert!(seats.len() < 25, "{}", seats.len());
        assert!(Seat::all().iter().any(|seat| seat.thread().starts_with("`short` (ThreadId(")));
    }

    #[test]
    fn a_thread_without_a_seat_never_looks_idle() {
        std::thread::spawn(|| {
            assert!(!Seat::mine().is_taken() && !Seat::mine().is_idle());
            assert!(Seat::take().is_taken() && Seat::mine().is_idle());
        })
        .join()
        .expect("nothing failed");
    }
}
