//! The queue of one subscriber as a plain value: what is kept, what is dropped, and the counts.

use std::collections::VecDeque;

use crate::event::{QueueOptions, WhenFull};

/// Waiting events with a limit.
#[derive(Debug)]
pub(super) struct Ring<T> {
    items: VecDeque<T>,
    options: QueueOptions,
    counts: RingCounts,
}

/// What became of the events that came to a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct RingCounts {
    /// Those that came, without those that found a full queue that blocks.
    pub(super) queued: u64,
    pub(super) dropped: u64,
    pub(super) coalesced: u64,
    /// The most that ever waited at once.
    pub(super) longest: usize,
}

/// What putting an event into a queue did.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Put<T> {
    /// It waits.
    Kept,
    /// One of the two was dropped, or replaced by the other. The caller drops it outside its lock.
    Displaced(T),
    /// The queue blocks, and is full.
    Full(T),
}

impl<T> Ring<T> {
    pub(super) fn new(options: QueueOptions) -> Self {
        let options = QueueOptions { capacity: options.capacity.max(1), ..options };
        Self { items: VecDeque::new(), options, counts: RingCounts::default() }
    }

    /// Puts an event at the end. `replaces` tells whether the second one makes the first one needless.
    pub(super) fn put(&mut self, item: T, replaces: impl Fn(&T, &T) -> bool) -> Put<T> {
        let is_full = self.items.len() >= self.options.capacity;
        if self.options.when_full == WhenFull::Block && is_full {
            return Put::Full(item);
        }
        self.counts.queued += 1;
        if self.options.when_full == WhenFull::Coalesce
            && let Some(earlier) = self.items.iter_mut().find(|earlier| replaces(earlier, &item))
        {
            self.counts.coalesced += 1;
            return Put::Displaced(std::mem::replace(earlier, item));
        }
        if is_full {
            self.counts.dropped += 1;
            if self.options.when_full == WhenFull::DropNewest {
                return Put::Displaced(item);
            }
            let oldest = self.items.pop_front();
            self.items.push_back(item);
            return oldest.map_or(Put::Kept, Put::Displaced);
        }
        self.items.push_back(item);
        self.counts.longest = self.counts.longest.max(self.items.len());
        Put::Kept
    }

    pub(super) fn take(&mut self) -> Option<T> {
        self.items.pop_front()
    }

    /// Counts an event that its publisher did not wait for.
    pub(super) const fn pass_over(&mut self) {
        self.counts.queued += 1;
        self.counts.dropped += 1;
    }

    /// Gives up all that waits.
    pub(super) fn clear(&mut self) -> VecDeque<T> {
        self.counts.dropped += self.items.len() as u64;
        std::mem::take(&mut self.items)
    }

    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    pub(super) const fn options(&self) -> QueueOptions {
        self.options
    }

    pub(super) const fn counts(&self) -> RingCounts {
        self.counts
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// An event of the model: a key and a number that tells it from all others.
    type Item = (u8, usize);

    /// The policies said in the slowest way: over the list of all that ever came.
    struct Model {
        options: QueueOptions,
        waiting: Vec<Item>,
        lost: Vec<Item>,
    }

    impl Model {
        /// Whether the queue took the event.
        fn put(&mut self, item: Item) -> bool {
            let mut all = self.waiting.clone();
            let same_key = all.iter().position(|earlier| earlier.0 == item.0);
            match (self.options.when_full, same_key) {
                (WhenFull::Block, _) if all.len() == self.options.capacity => return false,
                (WhenFull::Coalesce, Some(at)) => {
                    self.lost.push(all[at]);
                    all[at] = item;
                }
                _ => all.push(item),
            }
            if all.len() > self.options.capacity {
                let at = if self.options.when_full == WhenFull::DropNewest { all.len() - 1 } else { 0 };
                self.lost.push(all.remove(at));
            }
            self.waiting = all;
            true
        }
    }

    fn policies() -> impl Strategy<Value = WhenFull> {
        prop_oneof![Just(WhenFull::DropOldest), Just(WhenFull::DropNewest), Just(WhenFull::Coalesce), Just(WhenFull::Block)]
    }

    proptest! {
        /// `Some(key)` puts an event, `None` takes one.
        #[test]
        fn a_ring_does_what_its_policy_says(
            when_full in policies(),
            capacity in 1_usize..6,
            steps in proptest::collection::vec(proptest::option::weighted(0.7, 0_u8..5), 0..60),
        ) {
            let options = QueueOptions { capacity, when_full };
            let mut ring = Ring::new(options);
            let mut model = Model { options, waiting: Vec::new(), lost: Vec::new() };
            let (mut came, mut taken) = (0, 0);
            for (number, step) in steps.into_iter().enumerate() {
                match step {
                    None => {
                        let expected = (!model.waiting.is_empty()).then(|| model.waiting.remove(0));
                        taken += u64::from(expected.is_some());
                        prop_assert_eq!(ring.take(), expected);
                    }
                    Some(key) => {
                        let lost_before = model.lost.len();
                        let expected = match (model.put((key, number)), model.lost.get(lost_before)) {
                            (false, _) => Put::Full((key, number)),
                            (true, Some(lost)) => Put::Displaced(*lost),
                            (true, None) => Put::Kept,
                        };
                        came += u64::from(!matches!(expected, Put::Full(_)));
                        prop_assert_eq!(ring.put((key, number), |left, right| left.0 == right.0), expected);
                    }
                }
                prop_assert_eq!(ring.items.iter().copied().collect::<Vec<_>>(), model.waiting.clone());
                let counts = ring.counts();
                prop_assert_eq!(counts.queued, came);
                prop_assert_eq!(counts.dropped + counts.coalesced, model.lost.len() as u64);
                prop_assert_eq!(counts.queued, counts.dropped + counts.coalesced + taken + ring.len() as u64);
                prop_assert!(counts.longest >= ring.len() && counts.longest <= capacity);
            }
        }
    }

    #[test]
    fn a_queue_for_no_events_holds_one() {
        let mut ring = Ring::new(QueueOptions { capacity: 0, when_full: WhenFull::Block });
        assert_eq!(ring.put(1, |_, _| false), Put::Kept);
        assert_eq!(ring.put(2, |_, _| false), Put::Full(2));
    }
}
