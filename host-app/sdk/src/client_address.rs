//! Who sent a request, as far as the network knows.

use std::net::IpAddr;

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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClientAddress(pub IpAddr);
