//! Listening in the place of plugins that speak other protocols than HTTP.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use keyway::Host;
use keyway::host::{Extension, Point};
use keyway::manifest::{Policy, ScopeKind, grants, scope_matches};
use keyway_cms_sdk::{Connection, Protocol};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::{PAUSE, accept};
use crate::switch::gone;

/// The permission that covers the addresses.
const PERMISSION: &str = "network.server";

/// Connections at the same time, for each address.
const MOST_CONNECTIONS: usize = 256;

/// Listens for every plugin that provides [`Protocol`] as long as it runs, for ever. Ends everything when it is dropped.
pub(crate) async fn serve_protocols(host: Host) {
    let point = host.point::<dyn Protocol>();
    let mut tasks = JoinSet::new();
    let mut known = point.extensions();
    for extension in &known {
        listen(&host, &point, extension, &mut tasks);
    }
    loop {
        let now = point.changed(&known).await;
        for extension in now.iter().filter(|extension| !known.iter().any(|before| before.is_same(extension))) {
            listen(&host, &point, extension, &mut tasks);
        }
        while tasks.try_join_next().is_some() {}
        known = now;
    }
}

/// Where plugins want to listen and may not, with their ids. It asks nobody's leave, so nothing is counted as refused.
pub(crate) fn not_granted(host: &Host, policy: &Policy) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    for extension in &host.extensions::<dyn Protocol>() {
        let granted = grants(extension.plugin(), policy);
        let scopes = || granted.iter().filter(|grant| grant.name == PERMISSION).flat_map(|grant| &grant.scopes);
        // A plugin that does not say where is told of when it should listen.
        for address in extension.listen().unwrap_or_default().iter().filter_map(|written| parse(written)) {
            let address = address.to_string();
            if !scopes().any(|scope| scope_matches(ScopeKind::Address, scope, &address)) {
                found.push((extension.id(), address));
            }
        }
    }
    found
}

/// Begins to listen on those addresses of a plugin that it was granted.
fn listen(host: &Host, point: &Point<dyn Protocol>, extension: &Extension<dyn Protocol>, tasks: &mut JoinSet<()>) {
    let plugin = extension.id();
    let addresses = extension.listen().unwrap_or_else(|error| {
        tracing::error!(plugin, %error, "a plugin did not say where it listens");
        Vec::new()
    });
    for written in addresses {
        let Some(address) = parse(&written) else {
            tracing::error!(
                plugin,
                address = written,
                "nothing listens there: write an address and a port, such as `127.0.0.1:1965`"
            );
            continue;
        };
        // The check tells of a denial itself.
        if host.check(extension.plugin(), PERMISSION, &address.to_string()).is_err() {
            tracing::error!(plugin, %address, "a plugin's protocol is not served: it was not granted this address");
            continue;
        }
        let (point, extension) = (point.clone(), extension.clone());
        tasks.spawn(async move {
            tokio::select! {
                () = serve(address, &extension) => {}
                () = gone(&point, &extension) => {}
            }
        });
    }
}

/// Reads an address; a port alone is one of this machine only.
fn parse(written: &str) -> Option<SocketAddr> {
    let port = || written.trim_start_matches(':').parse().ok().map(|port| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port));
    written.parse().ok().or_else(port)
}

/// Hands the plugin each connection to an address. They are closed when this is dropped.
async fn serve(address: SocketAddr, extension: &Extension<dyn Protocol>) {
    let plugin = extension.id();
    let Some(listener) = bind(address, plugin).await else { return };
    tracing::info!(plugin, %address, "a plugin's protocol is served");
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        let Some((stream, peer, place)) = accept(&listener, &places).await else { continue };
        let local = stream.local_addr().unwrap_or(address);
        let extension = extension.clone();
        connections.spawn(async move {
            if let Err(error) = extension.serve(Connection::new(stream, peer, local)).await
                && error.call().is_none()
            {
                tracing::debug!(plugin = extension.id(), %peer, %error, "a connection ended with an error");
            }
            drop(place);
        });
        while connections.try_join_next().is_some() {}
    }
}

/// Takes the port; an instance that was just switched off may still be letting go of it.
async fn bind(address: SocketAddr, plugin: &str) -> Option<TcpListener> {
    for is_last in [false, false, true] {
        match TcpListener::bind(address).await {
            Ok(listener) => return Some(listener),
            Err(error) if is_last => tracing::error!(plugin, %address, %error, "a plugin's protocol is not served"),
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_port_alone_is_of_this_machine() {
        let shown = |written| parse(written).map(|address| address.to_string());
        assert_eq!(shown("1965").as_deref(), Some("127.0.0.1:1965"));
        assert_eq!(shown(":1965").as_deref(), Some("127.0.0.1:1965"));
        assert_eq!(shown("[::1]:1965").as_deref(), Some("[::1]:1965"));
        assert_eq!((shown("gemini.example:1965"), shown(""), shown("70000")), (None, None, None));
    }
}
