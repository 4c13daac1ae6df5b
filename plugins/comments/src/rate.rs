//! How many comments one client may send.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use keyway_cms_sdk::ClientAddress;

const WINDOW: Duration = Duration::from_secs(3600);
/// So many clients are remembered; when more than these write within an hour, further ones have to wait.
const MOST_CLIENTS: usize = 10_000;

/// Counts the comments of each client within the last hour. Nothing of it is stored.
#[derive(Debug)]
pub(crate) struct Rate {
    per_hour: usize,
    clients: Mutex<BTreeMap<IpAddr, Vec<Duration>>>,
}

impl Rate {
    pub(crate) fn new(per_hour: usize) -> Self {
        Self { per_hour, clients: Mutex::default() }
    }

    /// Whether the client may send one more at `now`, which is then counted.
    pub(crate) fn allows(&self, client: IpAddr, now: Duration) -> bool {
        let is_recent = |time: &Duration| now.saturating_sub(*time) < WINDOW;
        let client = ClientAddress(client).network();
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if clients.len() >= MOST_CLIENTS && !clients.contains_key(&client) {
            clients.retain(|_, times| times.iter().any(is_recent));
            if clients.len() >= MOST_CLIENTS {
                return false;
            }
        }
        let times = clients.entry(client).or_default();
        times.retain(is_recent);
        let is_allowed = times.len() < self.per_hour;
        if is_allowed {
            times.push(now);
        }
        is_allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_client_has_so_many_each_hour() {
        let rate = Rate::new(2);
        let minute = |minutes: u64| Duration::from_secs(60 * minutes);
        assert!(rate.allows(client("192.0.2.1"), minute(0)) && rate.allows(client("192.0.2.1"), minute(30)));
        assert!(!rate.allows(client("192.0.2.1"), minute(59)));
        assert!(rate.allows(client("192.0.2.2"), minute(59)), "others are not concerned");
        assert!(rate.allows(client("192.0.2.1"), minute(60)), "the first one is an hour old");
        assert!(!rate.allows(client("::ffff:192.0.2.1"), minute(61)), "the same client in another form");
    }

    #[test]
    fn a_network_is_one_client() {
        let rate = Rate::new(1);
        assert!(rate.allows(client("2001:db8:0:1::1"), WINDOW));
        assert!(!rate.allows(client("2001:db8:0:1:ffff::2"), WINDOW));
        assert!(rate.allows(client("2001:db8:0:2::1"), WINDOW));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let rate = Rate::new(1);
        for number in 0..u32::try_from(MOST_CLIENTS).unwrap() {
            assert!(rate.allows(IpAddr::from(number.to_be_bytes()), WINDOW));
        }
        assert!(!rate.allows(client("203.0.113.1"), WINDOW));
        assert!(rate.allows(client("203.0.113.1"), WINDOW * 2));
        assert_eq!(rate.clients.lock().unwrap().len(), 1);
    }
}
