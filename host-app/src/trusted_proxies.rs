//! Which machines are believed when they say for whom they send a request.

use std::net::IpAddr;

use http::HeaderMap;

use crate::Failure;

/// The networks of the proxies in front of this server. Without any, nobody is believed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<Network>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Network {
    address: IpAddr,
    /// How many of the first bits count.
    prefix: u8,
}

const FORWARDED_FOR: &str = "x-forwarded-for";

impl TrustedProxies {
    /// Reads addresses, such as `10.0.0.7`, and networks, such as `10.0.0.0/8`.
    ///
    /// # Errors
    /// When one of them is neither.
    pub fn parse(written: &[String]) -> Result<Self, Failure> {
        written.iter().map(|written| Network::parse(written)).collect::<Result<_, _>>().map(Self)
    }

    /// Who sent a request that `peer` has brought: the last address of `X-Forwarded-For` that is no trusted proxy. What stands before it
    /// was written by somebody who is not trusted.
    #[must_use]
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        if self.0.is_empty() {
            return client;
        }
        let values: Vec<_> = headers.get_all(FORWARDED_FOR).iter().collect();
        let mut named = values.iter().rev().flat_map(|value| value.to_str().unwrap_or("?").rsplit(','));
        while self.trusts(client) {
            // A proxy that names nobody, or something that is no address, is where the trail ends.
            let Some(Ok(next)) = named.next().map(|text| text.trim().parse::<IpAddr>()) else { break };
            client = next.to_canonical();
        }
        client
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.holds(address))
    }
}

impl Network {
    fn parse(written: &str) -> Result<Self, Failure> {
        let refused = || {
            Failure::usage(format!("`{written}` in `trusted-proxies` under `[server]` is no address and no network"))
                .help("write addresses such as `10.0.0.7` and networks such as `10.0.0.0/8` or `fd00::/8`")
        };
        let (address, prefix) = written.split_once('/').map_or((written, None), |(address, prefix)| (address, Some(prefix)));
        let address: IpAddr = address.parse().map_err(|_| refused())?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Ok(bits), str::parse).ok().filter(|prefix| *prefix <= bits).ok_or_else(refused)?;
        Ok(Self { address, prefix })
    }

    fn holds(self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let differs = network.to_bits() ^ address.to_bits();
                differs.checked_shr(32 - u32::from(self.prefix)).unwrap_or(0) == 0
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let differs = network.to_bits() ^ address.to_bits();
                differs.checked_shr(128 - u32::from(self.prefix)).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::{FORWARDED_FOR, TrustedProxies};

    fn client(proxies: &[&str], peer: &str, forwarded: &[&str]) -> String {
        let written: Vec<String> = proxies.iter().map(|proxy| (*proxy).to_owned()).collect();
        let mut headers = HeaderMap::new();
        forwarded.iter().for_each(|value| {
            headers.append(FORWARDED_FOR, value.parse().expect("a header"));
        });
        TrustedProxies::parse(&written).expect("networks").client(peer.parse().expect("an address"), &headers).to_string()
    }

    #[test]
    fn nobody_is_believed_unless_the_operator_says_so() {
        assert_eq!(client(&[], "127.0.0.1", &["1.2.3.4"]), "127.0.0.1");
        assert_eq!(client(&["10.0.0.0/8"], "9.9.9.9", &["1.2.3.4"]), "9.9.9.9");
    }

    #[test]
    fn the_last_address_that_is_no_proxy_counts() {
        let proxies = ["10.0.0.0/8", "127.0.0.1", "fd00::/8"];
        assert_eq!(client(&proxies, "127.0.0.1", &["1.2.3.4"]), "1.2.3.4");
        assert_eq!(
            client(&proxies, "127.0.0.1", &["6.6.6.6, 1.2.3.4, 10.1.1.1"]),
            "1.2.3.4",
            "what a visitor writes does not count"
        );
        assert_eq!(client(&proxies, "127.0.0.1", &["6.6.6.6", "1.2.3.4,10.1.1.1"]), "1.2.3.4");
        assert_eq!(client(&proxies, "::ffff:127.0.0.1", &["::1"]), "::1");
        assert_eq!(client(&proxies, "fd00::1", &["nonsense"]), "fd00::1");
        assert_eq!(client(&proxies, "127.0.0.1", &["6.6.6.6, unknown, 10.1.1.1"]), "10.1.1.1");
        assert_eq!(client(&proxies, "127.0.0.1", &[]), "127.0.0.1");
        assert_eq!(client(&["0.0.0.0/0"], "9.9.9.9", &["1.2.3.4"]), "1.2.3.4");
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for written in ["", "localhost", "10.0.0.0/33", "10.0.0.0/x", "::/129", "10.0.0.0/"] {
            let message = TrustedProxies::parse(&[written.to_owned()]).expect_err(written).to_string();
            assert!(message.contains("is no address and no network") && message.contains("10.0.0.0/8"), "{message}");
        }
    }
}
