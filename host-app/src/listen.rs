//! Where the program listens: reading the address, taking the port, and what to say when it is taken.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs};

use tokio::net::TcpListener;

use crate::Failure;

/// The port without `--listen`, and how many after it are tried when it is taken.
const DEFAULT_PORT: u16 = 8080;
const DEFAULT_PORTS: u16 = 20;

/// Where to listen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listen {
    /// The first free one of some ports on the loopback address.
    FirstFree,
    /// One of these addresses and no other; a host name may have several.
    At {
        /// As a person wrote it, for messages.
        written: String,
        /// What it stands for; never empty.
        addresses: Vec<SocketAddr>,
    },
}

impl Listen {
    /// Reads `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`, `:8080` or `8080`; without a host the loopback address is meant.
    ///
    /// # Errors
    /// When it is none of these, or when the host name is unknown.
    pub fn parse(written: &str) -> Result<Self, Failure> {
        let addresses = match written.strip_prefix(':').unwrap_or(written).parse::<u16>() {
            Ok(port) => vec![SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)],
            Err(_) if is_large_port(written) => {
                return Err(not_an_address(written, &io::Error::other("ports end at 65535")));
            }
            Err(_) => match written.to_socket_addrs() {
                Ok(addresses) => addresses.collect(),
                Err(error) => return Err(not_an_address(written, &error)),
            },
        };
        if addresses.is_empty() {
            return Err(not_an_address(written, &io::Error::other("the name has no address")));
        }
        Ok(Self::At { written: written.to_owned(), addresses })
    }

    /// Takes the port. The second value is what a person should know about it.
    ///
    /// # Errors
    /// When it is taken or may not be used.
    pub async fn bind(&self) -> Result<(TcpListener, Option<String>), Failure> {
        match self {
            Self::At { written, addresses } => {
                let listener = TcpListener::bind(addresses.as_slice()).await.map_err(|error| cannot_listen(written, &error))?;
                Ok((listener, None))
            }
            Self::FirstFree => first_free().await,
        }
    }
}

/// Whether the port, alone or after the last colon, is a number that no port has.
fn is_large_port(written: &str) -> bool {
    let port = written.rsplit(':').next().unwrap_or(written);
    !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_err()
}

async fn first_free() -> Result<(TcpListener, Option<String>), Failure> {
    for port in DEFAULT_PORT..DEFAULT_PORT + DEFAULT_PORTS {
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
            Ok(listener) if port == DEFAULT_PORT => return Ok((listener, None)),
            Ok(listener) => {
                let taken = if port == DEFAULT_PORT + 1 {
                    format!("port {DEFAULT_PORT} is taken")
                } else {
                    format!("ports {DEFAULT_PORT} to {} are taken", port - 1)
                };
                return Ok((listener, Some(format!("{taken}, so this is on {port}; choose another with `--listen`"))));
            }
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
            Err(error) => return Err(cannot_listen(&format!("127.0.0.1:{port}"), &error)),
        }
    }
    let last = DEFAULT_PORT + DEFAULT_PORTS - 1;
    Err(Failure::new(format!("the ports {DEFAULT_PORT} to {last} of 127.0.0.1 are all taken"))
        .help("name a free one: `--listen 127.0.0.1:9000`"))
}

fn not_an_address(written: &str, error: &io::Error) -> Failure {
    Failure::usage(format!("`{written}` is no address to listen on: {error}"))
        .help("write `127.0.0.1:8080`, `[::1]:8080`, or a port alone, `8080`, for this machine only")
}

fn cannot_listen(written: &str, error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::AddrInUse => Failure::new(format!("`{written}` is taken by another program"))
            .help("stop that program, or choose another port with `--listen`"),
        io::ErrorKind::PermissionDenied => Failure::new(format!("this user may not listen on `{written}`"))
            .help("ports below 1024 need special rights; choose one above, for example `--listen 8080`"),
        io::ErrorKind::AddrNotAvailable => {
            Failure::new(format!("no network interface of this machine has the address of `{written}`"))
                .help("`127.0.0.1` is this machine only, `0.0.0.0` all its interfaces")
        }
        _ => Failure::new(format!("cannot listen on `{written}`: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::Listen;

    fn addresses(written: &str) -> Vec<String> {
        match Listen::parse(written).expect(written) {
            Listen::At { addresses, .. } => addresses.iter().map(ToString::to_string).collect(),
            Listen::FirstFree => Vec::new(),
        }
    }

    #[test]
    fn a_port_alone_is_loopback() {
        assert_eq!(addresses("8080"), ["127.0.0.1:8080"]);
        assert_eq!(addresses(":8080"), ["127.0.0.1:8080"]);
        assert_eq!(addresses("[::1]:80"), ["[::1]:80"]);
        assert_eq!(addresses("0.0.0.0:80"), ["0.0.0.0:80"]);
    }

    #[test]
    fn nonsense_is_refused_with_examples() {
        for written in ["", "localhost", "127.0.0.1", "http://localhost:80", "70000", "127.0.0.1:70000"] {
            let message = Listen::parse(written).expect_err(written).to_string();
            assert!(message.contains("is no address to listen on") && message.contains("`8080`"), "{written}: {message}");
        }
        assert!(Listen::parse("70000").expect_err("no port").to_string().contains("ports end at 65535"));
    }

    #[tokio::test]
    async fn a_taken_port_is_named() {
        let (first, _) = Listen::parse("127.0.0.1:0").expect("an address").bind().await.expect("any port");
        let written = first.local_addr().expect("an address").to_string();
        let message = Listen::parse(&written).expect("an address").bind().await.expect_err("it is taken").to_string();
        assert_eq!(
            message,
            format!(
                "error: `{written}` is taken by another program\n  help: stop that program, or choose another port with `--listen`"
            )
        );
    }

    #[tokio::test]
    async fn the_next_free_port_is_taken_and_told() {
        // Whether this or another program has the port does not matter: it is taken.
        let _held = tokio::net::TcpListener::bind(("127.0.0.1", super::DEFAULT_PORT)).await;
        let (listener, note) = Listen::FirstFree.bind().await.expect("one of the ports is free");
        let port = listener.local_addr().expect("an address").port();
        assert!(port > super::DEFAULT_PORT, "{port}");
        let note = note.expect("a note");
        assert!(
            note.contains("8080") && note.contains(&format!("so this is on {port}; choose another with `--listen`")),
            "{note}"
        );
    }
}
