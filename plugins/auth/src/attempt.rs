//! How often somebody may try to sign in: after some failures in a row, each further one has to wait twice as long.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use keyway_cms_sdk::ClientAddress;

/// The longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);

/// After this time without a failure, all is forgotten.
const FORGOTTEN: Duration = Duration::from_secs(60 * 60);

/// How many names and addresses are remembered; of more, those that have failed least are forgotten.
const MOST: usize = 20_000;

/// What failures are counted by. A name alone has the most of them, because a stranger who fails often enough makes its owner wait too.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Both(String, Option<IpAddr>),
    Address(IpAddr),
    Name(String),
}

impl Key {
    /// How many failures in a row are free.
    const fn free(&self) -> u32 {
        match self {
            Self::Both(..) => 5,
            Self::Address(_) => 20,
            Self::Name(_) => 50,
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last: Duration,
}

impl Failures {
    /// When the next attempt may be made.
    fn open_at(self, free: u32) -> Duration {
        let Some(over) = self.count.checked_sub(free) else { return Duration::ZERO };
        let wait = Duration::from_secs(1_u64 << over.min(20)).min(LONGEST_WAIT);
        self.last + wait
    }
}

/// The failures in a row of names and addresses. They are forgotten when the plugin stops.
#[derive(Debug, Default)]
pub(crate) struct Attempts(Mutex<BTreeMap<Key, Failures>>);

impl Attempts {
    /// Counts an attempt, or says how long to wait before the next. It counts as failed until [`succeeded`](Self::succeeded) is called,
    /// so that attempts at the same time do not slip through together. `now` never goes back.
    pub(crate) fn begin(&self, name: &str, address: Option<IpAddr>, now: Duration) -> Result<(), Duration> {
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let keys = keys(name, address);
        let open_at = keys.iter().filter_map(|key| Some(table.get(key)?.open_at(key.free()))).max().unwrap_or_default();
        if let Some(wait) = open_at.checked_sub(now).filter(|wait| !wait.is_zero()) {
            return Err(wait);
        }
        make_room(&mut table, now);
        for key in keys {
            let failures = table.entry(key).or_insert(Failures { count: 0, last: now });
            let count = if now.saturating_sub(failures.last) > FORGOTTEN { 0 } else { failures.count };
            *failures = Failures { count: count.saturating_add(1), last: now };
        }
        Ok(())
    }

    /// Forgets the failures of a name and takes this attempt off those of its address, which may be many people's.
    pub(crate) fn succeeded(&self, name: &str, address: Option<IpAddr>) {
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for key in keys(name, address) {
            match key {
                Key::Address(_) => {
                    if let Some(failures) = table.get_mut(&key) {
                        failures.count = failures.count.saturating_sub(1);
                    }
                }
                Key::Both(..) | Key::Name(_) => {
                    table.remove(&key);
                }
            }
        }
    }
}

fn keys(name: &str, address: Option<IpAddr>) -> Vec<Key> {
    let network = address.map(|address| ClientAddress(address).network());
    let mut keys = vec![Key::Both(name.to_owned(), network), Key::Name(name.to_owned())];
    keys.extend(network.map(Key::Address));
    keys
}

/// Forgets what is old, and when that is not enough, who has failed least.
fn make_room(table: &mut BTreeMap<Key, Failures>, now: Duration) {
    if table.len() < MOST {
        return;
    }
    table.retain(|_, failures| now.saturating_sub(failures.last) <= FORGOTTEN);
    for least in 1.. {
        if table.len() < MOST {
            break;
        }
        table.retain(|_, failures| failures.count > least);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Attempts, FORGOTTEN, LONGEST_WAIT, MOST};

    const HERE: &str = "192.0.2.1";

    fn begin(attempts: &Attempts, name: &str, address: &str, now: Duration) -> Result<(), Duration> {
        attempts.begin(name, Some(address.parse().expect("an address")), now)
    }

    #[test]
    fn waits_double_up_to_a_quarter_of_an_hour() {
        let attempts = Attempts::default();
        let mut now = Duration::ZERO;
        for _ in 0..5 {
            assert_eq!(begin(&attempts, "ada", HERE, now), Ok(()));
        }
        for seconds in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
            assert_eq!(begin(&attempts, "ada", HERE, now), Err(Duration::from_secs(seconds)));
            now += Duration::from_secs(seconds);
            assert_eq!(begin(&attempts, "ada", HERE, now), Ok(()));
        }
        assert_eq!(begin(&attempts, "ada", HERE, now), Err(LONGEST_WAIT));
        assert_eq!(begin(&attempts, "bob", HERE, now), Ok(()), "another name is free from here");
        assert_eq!(begin(&attempts, "ada", "192.0.2.2", now), Ok(()), "and the same from elsewhere");
        now += FORGOTTEN * 2;
        for _ in 0..5 {
            assert_eq!(begin(&attempts, "ada", HERE, now), Ok(()), "all is forgotten");
        }
    }

    #[test]
    fn an_address_that_tries_many_names_waits() {
        let attempts = Attempts::default();
        for number in 0..20 {
            assert_eq!(begin(&attempts, &number.to_string(), "2001:db8::1", Duration::ZERO), Ok(()), "{number}");
        }
        assert!(begin(&attempts, "next", "2001:db8::ffff", Duration::ZERO).is_err(), "of the same network");
        assert_eq!(begin(&attempts, "next", "2001:db8:0:1::1", Duration::ZERO), Ok(()), "of another network");
    }

    #[test]
    fn who_signs_in_is_free_again() {
        let attempts = Attempts::default();
        let address = Some(HERE.parse().expect("an address"));
        for _ in 0..40 {
            assert_eq!(attempts.begin("ada", address, Duration::ZERO), Ok(()));
            attempts.succeeded("ada", address);
        }
    }

    #[test]
    fn what_is_remembered_is_bounded_and_the_worst_stay() {
        let attempts = Attempts::default();
        for _ in 0..5 {
            begin(&attempts, "ada", HERE, Duration::ZERO).expect("free");
        }
        for number in 0..MOST {
            let address = format!("198.{}.{}.{}", 18 + number / 65536, number / 256 % 256, number % 256);
            begin(&attempts, &number.to_string(), &address, Duration::ZERO).expect("free");
        }
        assert!(attempts.0.lock().unwrap().len() <= MOST + 3);
        assert!(begin(&attempts, "ada", HERE, Duration::ZERO).is_err());
    }
}
