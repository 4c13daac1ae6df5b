//! Finds the addresses of an origin, checks them, and connects to one of them.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::address::why_private;
use super::target::Target;
use super::{Grants, PERMISSION};
use crate::capability::HttpError;
use crate::host::tell::tell;
use crate::plugin::BoxFuture;

/// Finds the addresses of a name.
pub(in crate::host) trait Resolve: Send + Sync {
    /// All of them, to be tried in this order.
    fn resolve<'r>(&'r self, host: &'r str) -> BoxFuture<'r, io::Result<Vec<IpAddr>>>;
}

/// Asks the operating system.
struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve<'r>(&'r self, host: &'r str) -> BoxFuture<'r, io::Result<Vec<IpAddr>>> {
        Box::pin(async move { Ok(tokio::net::lookup_host((host, 0)).await?.map(|address| address.ip()).collect()) })
    }
}

/// A connection, with or without TLS.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send {}
impl<T: AsyncRead + AsyncWrite + Send> Stream for T {}

/// What the clients of all plugins share.
pub(in crate::host) struct Connector {
    resolver: Arc<dyn Resolve>,
    tls: OnceLock<Result<TlsConnector, String>>,
}

impl Default for Connector {
    fn default() -> Self {
        Self { resolver: Arc::new(SystemResolver), tls: OnceLock::new() }
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Connector")
    }
}

impl Connector {
    /// Connects to an origin that the grant covers, when all its addresses may be reached.
    pub(super) async fn connect(
        &self,
        grants: &Grants,
        target: &Target,
        limit: Duration,
    ) -> Result<Pin<Box<dyn Stream>>, HttpError> {
        let failed = |message: String| HttpError::Failed { origin: target.origin(), message };
        let connecting = async {
            let addresses = self.addresses(grants, target).await?;
            let mut last = "its name has no address".to_owned();
            for address in addresses {
                match TcpStream::connect(SocketAddr::new(address, target.port)).await {
                    Ok(stream) => {
                        let _ = stream.set_nodelay(true);
                        return Ok(stream);
                    }
                    Err(error) => last = error.to_string(),
                }
            }
            Err(failed(last))
        };
        let late = HttpError::DeadlineExceeded { origin: target.origin(), limit };
        let stream = tokio::time::timeout(limit, connecting).await.map_err(|_| late.clone())??;
        if !target.is_secure {
            return Ok(Box::pin(stream));
        }
        let tls = self.tls.get_or_init(trust).as_ref().map_err(|reason| failed(reason.clone()))?;
        let name = target.host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(name).map_err(|_| failed("its name cannot be in a certificate".to_owned()))?;
        let stream = tokio::time::timeout(limit, tls.connect(name, stream)).await.map_err(|_| late)?;
        Ok(Box::pin(stream.map_err(|error| failed(error.to_string()))?))
    }

    /// The addresses of a host, all of which may be reached. One that may not be refuses them all.
    async fn addresses(&self, grants: &Grants, target: &Target) -> Result<Vec<IpAddr>, HttpError> {
        let addresses = match target.address() {
            Some(address) => vec![address],
            None => {
                let failed = |error: io::Error| HttpError::Failed { origin: target.origin(), message: error.to_string() };
                self.resolver.resolve(&target.host).await.map_err(failed)?
            }
        };
        check_addresses(grants, target, &addresses)?;
        Ok(addresses)
    }
}

/// Refuses addresses that are not of the public internet, unless a scope names their host.
pub(super) fn check_addresses(grants: &Grants, target: &Target, addresses: &[IpAddr]) -> Result<(), HttpError> {
    let origin = target.origin();
    match addresses.iter().find_map(|address| Some((address, why_private(*address)?))) {
        Some((address, why)) if !grants.names(PERMISSION, &origin) => {
            let rule = format!(
                "it stands for `{address}`, {why}, which only a scope that names the host without `*` covers; have the plugin's \
                 manifest and `host.toml` name `{origin}`, or use a public address"
            );
            Err(HttpError::Denied(grants.refuse(PERMISSION, &origin, rule)))
        }
        _ => Ok(()),
    }
}

/// Trusts what the operating system trusts.
fn trust() -> Result<TlsConnector, String> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(found.certs);
    if added == 0 {
        let reason = "no certificate of an authority was found on this system; install them, or name a file in `SSL_CERT_FILE`";
        tell!(error, {} "KW0677 no `https` origin can be asked: {reason}");
        return Err(reason.to_owned());
    }
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|error| error.to_string())?.with_root_certificates(roots).with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

#[cfg(test)]
impl Connector {
    pub(super) fn with_resolver(resolver: Arc<dyn Resolve>) -> Self {
        Self { resolver, tls: OnceLock::new() }
    }
}
