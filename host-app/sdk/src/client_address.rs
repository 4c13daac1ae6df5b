//! Who sent a request, as far as the network knows.

use std::net::IpAddr;

use keyway::Boundary;

/// The address of whoever sent a request, in the request's extensions. Behind proxies that the operator trusts, it is the one that they
/// name; else it is that of the connection.
///
/// A request that did not come over a network, as in a test, has none.
///
/// ```
/// use keyway_cms_sdk::{ClientAddress, Request};
/// fn address(request: &Request) -> Option<std::net::IpAddr> {
///     request.extensions().get::<ClientAddress>().map(|client| client.0)
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Boundary)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    /// The smallest network that one visitor surely has, for counting what each of them does: the address itself, or for IPv6 its first 64
    /// bits, since whoever has one address there most often has all of them. An IPv4 address that is written as IPv6 is the IPv4 address.
    ///
    /// ```
    /// use keyway_cms_sdk::ClientAddress;
    /// let network = |address: &str| ClientAddress(address.parse().unwrap()).network().to_string();
    /// assert_eq!(network("2001:db8::7:8"), "2001:db8::");
    /// assert_eq!(network("::ffff:192.0.2.7"), "192.0.2.7");
    /// ```
    #[must_use]
    pub fn network(self) -> IpAddr {
        match self.0.to_canonical() {
            IpAddr::V6(address) => IpAddr::V6((address.to_bits() & (u128::MAX << 64)).into()),
            address @ IpAddr::V4(_) => address,
        }
    }
}
