//! A [`Ring`] between threads: publishers put letters in, one task takes them out.

use std::sync::Arc;

use tokio::sync::Notify;

use super::ring::{Put, Ring, RingCounts};
use crate::event::{Letter, QueueOptions};
use crate::interleaved::atomic::{AtomicBool, Ordering};
use crate::interleaved::{Mutex, MutexGuard, PoisonError};

/// An event that waits in a queue.
pub(super) type Waiting = Arc<dyn Letter>;

/// The queue of one subscriber.
pub(super) struct Queue {
    ring: Mutex<Ring<Waiting>>,
    is_closed: AtomicBool,
    /// Wakes the task that takes letters out.
    arrival: Notify,
    /// Wakes publishers that wait for room.
    room: Notify,
}

impl Queue {
    pub(super) fn new(options: QueueOptions) -> Arc<Self> {
        let (arrival, room) = (Notify::new(), Notify::new());
        Arc::new(Self { ring: Mutex::new(Ring::new(options)), is_closed: AtomicBool::new(false), arrival, room })
    }

    fn ring(&self) -> MutexGuard<'_, Ring<Waiting>> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a letter in; gives it back when the queue blocks and is full.
    pub(super) fn put(&self, letter: Waiting) -> Result<(), Waiting> {
        let put = {
            let mut ring = self.ring();
            // Asked under the lock, so that nothing comes in after `close` has emptied the queue.
            if self.is_closed.load(Ordering::Relaxed) {
                return Ok(());
            }
            ring.put(letter, |earlier, later| earlier.envelope().has_key_of(&later.envelope()))
        };
        match put {
            Put::Full(letter) => return Err(letter),
            // An event's own `Drop` runs here, where no lock is held.
            Put::Displaced(letter) => drop(letter),
            Put::Kept => {}
        }
        self.arrival.notify_one();
        Ok(())
    }

    /// Counts a letter for which there was no room.
    pub(super) fn pass_over(&self) {
        self.ring().pass_over();
    }

    /// Puts a letter in as soon as there is room.
    pub(super) async fn put_when_there_is_room(&self, letter: Waiting) {
        let mut held = Held { queue: self, letter: Some(letter) };
        while let Some(letter) = held.letter.take() {
            // Made before the attempt, so that room that comes up in between is not missed.
            let room = self.room.notified();
            match self.put(letter) {
                Ok(()) => return,
                Err(letter) => held.letter = Some(letter),
            }
            room.await;
        }
    }

    /// The next letter, when there is one; `None` once the queue is closed, or whoever asks has left it to another.
    pub(super) async fn next(&self, has_left: impl Fn() -> bool) -> Option<Waiting> {
        loop {
            // Made before the looks, so that what comes in between is not missed.
            let arrival = self.arrival.notified();
            if self.is_closed.load(Ordering::Acquire) {
                return None;
            }
            if has_left() {
                // What woke this one may have been meant for the other.
                self.arrival.notify_one();
                return None;
            }
            let taken = self.ring().take();
            if let Some(letter) = taken {
                self.room.notify_waiters();
                return Some(letter);
            }
            arrival.await;
        }
    }

    /// Lets everybody look who waits for a letter.
    pub(super) fn wake(&self) {
        self.arrival.notify_waiters();
        self.arrival.notify_one();
    }

    /// Ends the queue. What waits is dropped and counted.
    pub(super) fn close(&self) {
        let dropped = {
            let mut ring = self.ring();
            self.is_closed.store(true, Ordering::Release);
            ring.clear()
        };
        drop(dropped);
        self.arrival.notify_one();
        self.room.notify_waiters();
    }

    /// Settings, counts, and how many letters wait.
    pub(super) fn look(&self) -> (QueueOptions, RingCounts, usize) {
        let ring = self.ring();
        (ring.options(), ring.counts(), ring.len())
    }
}

/// A letter for which a publisher waits; counted as dropped when it gives up.
struct Held<'q> {
    queue: &'q Queue,
    letter: Option<Waiting>,
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        if self.letter.take().is_some() {
            self.queue.pass_over();
        }
    }
}
