//! How many requests each client has left: one number for each, and a bounded number of them.
//!
//! The number is the moment at which the client's bucket is full again (the generic cell rate algorithm). A client that is not
//! remembered has a full bucket, so one whose moment has passed can be forgotten without anybody noticing. When there are too many,
//! the one with the earliest moment goes: whoever has used up most is remembered longest.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::client::Client;
use crate::quota::Quota;

/// A rule's number, and a client.
pub(crate) type Key = (u16, Client);

/// What a client has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct State {
    /// Requests that it may send at once.
    pub(crate) remaining: u32,
    /// Time until it may send all of them again.
    pub(crate) full_in: Duration,
}

/// The buckets of all clients.
#[derive(Debug)]
pub(crate) struct Buckets {
    most: usize,
    filling: Mutex<Filling>,
}

/// Those that are not full, by key and by the moment at which they will be, in nanoseconds.
#[derive(Debug, Default)]
struct Filling {
    full_at: BTreeMap<Key, u64>,
    by_moment: BTreeSet<(u64, Key)>,
}

impl Buckets {
    /// Remembers as many as `most`, which is not 0.
    pub(crate) fn new(most: usize) -> Self {
        Self { most, filling: Mutex::default() }
    }

    /// Takes one request out of a client's bucket, or says after which time there will be one in it.
    pub(crate) fn take(&self, key: Key, quota: &Quota, now: Duration) -> Result<(), Duration> {
        let now = nanos(now);
        let mut filling = self.filling.lock().unwrap_or_else(PoisonError::into_inner);
        let full_at = filling.full_at.get(&key).map_or(now, |full_at| now.max(*full_at)) + quota.interval();
        let earliest = full_at.saturating_sub(quota.span_of_all());
        let taken = if earliest > now {
            Err(Duration::from_nanos(earliest - now))
        } else {
            filling.put(key, full_at);
            Ok(())
        };
        filling.shrink(self.most, now);
        taken
    }

    /// What a client has left.
    pub(crate) fn look(&self, key: Key, quota: &Quota, now: Duration) -> State {
        let now = nanos(now);
        let full_at = self.filling.lock().unwrap_or_else(PoisonError::into_inner).full_at.get(&key).copied();
        let missing = full_at.unwrap_or(now).saturating_sub(now);
        let remaining = quota.span_of_all().saturating_sub(missing) / quota.interval();
        State { remaining: u32::try_from(remaining).unwrap_or(quota.requests), full_in: Duration::from_nanos(missing) }
    }
}

impl Filling {
    fn put(&mut self, key: Key, full_at: u64) {
        if let Some(before) = self.full_at.insert(key, full_at) {
            self.by_moment.remove(&(before, key));
        }
        self.by_moment.insert((full_at, key));
    }

    /// Forgets two of those that are full meanwhile, if there are, so that their number falls while requests come; and the one that
    /// is the next to be full, if there are too many.
    fn shrink(&mut self, most: usize, now: u64) {
        for _ in 0..2 {
            let is_surplus = self.full_at.len() > most;
            match self.by_moment.first().copied() {
                Some(first @ (full_at, key)) if full_at <= now || is_surplus => {
                    self.by_moment.remove(&first);
                    self.full_at.remove(&key);
                }
                _ => return,
            }
        }
    }
}

fn nanos(time: Duration) -> u64 {
    // Enough for 584 years.
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX / 2)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn quota(written: &str) -> Quota {
        Quota::parse(written).unwrap()
    }

    const ADA: Key = (0, Client::V4(1));
    const BEN: Key = (0, Client::V4(2));

    #[test]
    fn a_burst_and_then_one_after_the_other() {
        let (buckets, quota) = (Buckets::new(10), quota("3/30s"));
        let at = Duration::from_secs;
        for left in [2, 1, 0] {
            assert_eq!(buckets.take(ADA, &quota, at(100)), Ok(()));
            assert_eq!(buckets.look(ADA, &quota, at(100)).remaining, left);
        }
        assert_eq!(buckets.take(ADA, &quota, at(100)), Err(at(10)));
        assert_eq!(buckets.take(ADA, &quota, at(109)), Err(at(1)), "what was refused costs nothing");
        assert_eq!(buckets.take(BEN, &quota, at(109)), Ok(()), "another client");
        assert_eq!(buckets.take((1, Client::V4(1)), &quota, at(109)), Ok(()), "another rule");
        assert_eq!(buckets.take(ADA, &quota, at(110)), Ok(()));
        assert_eq!(buckets.take(ADA, &quota, at(110)), Err(at(10)));
        assert_eq!(buckets.look(ADA, &quota, at(110)), State { remaining: 0, full_in: at(30) });
        assert_eq!(buckets.look(ADA, &quota, at(140)), State { remaining: 3, full_in: at(0) });
    }

    #[test]
    fn a_flood_of_clients_frees_nobody_who_has_used_theirs_up() {
        let (buckets, quota) = (Buckets::new(100), quota("5/10s"));
        let now = Duration::from_secs(1);
        for _ in 0..5 {
            assert_eq!(buckets.take(ADA, &quota, now), Ok(()));
        }
        for number in 10..10_000 {
            assert_eq!(buckets.take((0, Client::V4(number)), &quota, now), Ok(()));
        }
        assert!(buckets.take(ADA, &quota, now).is_err());
        let filling = buckets.filling.lock().unwrap();
        assert_eq!((filling.full_at.len(), filling.by_moment.len()), (100, 100));
    }

    #[test]
    fn whoever_is_gone_is_forgotten_while_others_come() {
        let (buckets, quota) = (Buckets::new(1000), quota("5/10s"));
        for number in 0..500 {
            let _ = buckets.take((0, Client::V4(number)), &quota, Duration::from_secs(1));
        }
        for _ in 0..300 {
            let _ = buckets.take((0, Client::V6(1)), &quota, Duration::from_secs(60));
        }
        assert_eq!(buckets.filling.lock().unwrap().full_at.len(), 1);
    }

    /// The same rule told in another way: a bucket of tokens that refills evenly, counted in parts of a token.
    struct Bucket {
        parts: u64,
        at: u64,
    }

    impl Bucket {
        fn take(&mut self, quota: &Quota, now: u64) -> bool {
            let (token, full) = (quota.interval(), quota.interval() * u64::from(quota.requests));
            self.parts = full.min(self.parts + (now - self.at));
            self.at = now;
            let is_allowed = self.parts >= token;
            if is_allowed {
                self.parts -= token;
            }
            is_allowed
        }
    }

    proptest! {
        #[test]
        fn it_allows_what_a_bucket_of_tokens_allows(
            requests in 1_u32..20,
            seconds in 1_u64..10,
            steps in prop::collection::vec((0_u64..2_000_000_000, 0_u32..3), 1..200),
        ) {
            let quota = Quota { requests, period: Duration::from_secs(seconds) };
            let buckets = Buckets::new(100);
            let full = quota.interval() * u64::from(requests);
            let mut oracles = [0; 3].map(|at| Bucket { parts: full, at });
            let mut now = 0;
            for (step, client) in steps {
                now += step;
                let key = (0, Client::V4(client));
                let before = buckets.look(key, &quota, Duration::from_nanos(now));
                let taken = buckets.take(key, &quota, Duration::from_nanos(now));
                prop_assert_eq!(taken.is_ok(), oracles[client as usize].take(&quota, now));
                prop_assert_eq!(taken.is_ok(), before.remaining > 0, "what is told is true");
                prop_assert!(before.remaining <= requests);
                if let Err(wait) = taken {
                    let then = Duration::from_nanos(now) + wait;
                    prop_assert!(buckets.look(key, &quota, then).remaining > 0, "whoever waits that long is allowed");
                    prop_assert_eq!(buckets.look(key, &quota, then - Duration::from_nanos(1)).remaining, 0, "and not sooner");
                }
            }
        }
    }
}
