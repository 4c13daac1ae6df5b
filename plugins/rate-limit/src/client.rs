//! Who counts as one client, and which networks are not counted.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use keyway_cms_sdk::ClientAddress;

/// One client: an IPv4 address, or an IPv6 /64, within which one machine may take any address it likes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Client {
    V4(u32),
    V6(u64),
}

impl Client {
    /// The client behind an address.
    pub(crate) fn of(address: IpAddr) -> Self {
        match ClientAddress(address).network() {
            IpAddr::V4(address) => Self::V4(address.to_bits()),
            // What is left of 128 bits without the lower 64 fits.
            IpAddr::V6(address) => Self::V6(u64::try_from(address.to_bits() >> 64).unwrap_or_default()),
        }
    }
}

impl fmt::Display for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::V4(bits) => Ipv4Addr::from_bits(*bits).fmt(formatter),
            Self::V6(bits) => write!(formatter, "{}/64", Ipv6Addr::from_bits(u128::from(*bits) << 64)),
        }
    }
}

/// Addresses that begin with the same bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Network {
    address: IpAddr,
    prefix: u32,
}

impl Network {
    /// Reads an address, or a network such as `10.0.0.0/8`.
    pub(crate) fn parse(written: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "`{}` in `exempt` is no address and no network; write addresses such as `10.0.0.7` and networks such as \
                 `10.0.0.0/8` or `fd00::/8`",
                written.escape_debug()
            )
        };
        let (address, prefix) = written.split_once('/').map_or((written, None), |(address, prefix)| (address, Some(prefix)));
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Ok(bits), str::parse).ok().filter(|prefix| *prefix <= bits).ok_or_else(wrong)?;
        Ok(Self { address, prefix })
    }

    /// Whether an address lies in it.
    pub(crate) fn holds(self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                (network.to_bits() ^ address.to_bits()).checked_shr(32 - self.prefix).unwrap_or(0) == 0
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                (network.to_bits() ^ address.to_bits()).checked_shr(128 - self.prefix).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(written: &str) -> IpAddr {
        written.parse().unwrap()
    }

    #[test]
    fn one_client_is_one_address_or_one_half_of_it() {
        let client = |written| Client::of(address(written));
        assert_eq!(client("2001:db8::1"), client("2001:db8::ffff:ffff:ffff:ffff"));
        assert_ne!(client("2001:db8:0:1::1"), client("2001:db8:0:2::1"));
        assert_eq!(client("::ffff:192.0.2.1"), client("192.0.2.1"), "IPv4 that came over IPv6");
        assert_ne!(client("192.0.2.1"), client("192.0.2.2"));
        assert_eq!(
            (client("192.0.2.1").to_string(), client("2001:db8::1").to_string()),
            ("192.0.2.1".into(), "2001:db8::/64".into())
        );
    }

    #[test]
    fn networks_hold_what_begins_alike() {
        for (network, inside, outside) in [
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.1"),
            ("192.0.2.7", "192.0.2.7", "192.0.2.8"),
            ("fd00::/8", "fdff::1", "fe00::1"),
            ("::1", "::1", "::2"),
            ("0.0.0.0/0", "203.0.113.9", "::1"),
            ("::/0", "2001:db8::1", "203.0.113.9"),
        ] {
            let read = Network::parse(network).unwrap();
            assert!(read.holds(address(inside)) && !read.holds(address(outside)), "{network}");
        }
        for wrong in ["", "example.org", "10.0.0.0/33", "10.0.0.0/", "::/129", "10.0.0/8", "10.0.0.0/-1"] {
            assert!(Network::parse(wrong).unwrap_err().contains("no address and no network"), "{wrong}");
        }
    }
}
