//! The certificate by which visitors know the site again: the operator's, or one that is made once and kept.

use std::sync::Arc;

use keyway::capability::{KeyValue, SecretError, Secrets};
use keyway::prelude::*;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, date_time_ymd};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::Gemini;

/// The key under which the plugin's own certificate is kept.
const KEPT: &str = "identity";

const CERTIFICATE: &str = "gemini-certificate";
const KEY: &str = "gemini-key";

/// A certificate with its key, in PEM form.
struct Identity {
    certificate: String,
    key: String,
}

/// Makes what accepts TLS connections.
pub(crate) async fn acceptor(ctx: &Context<Gemini>, hosts: &[String]) -> Result<TlsAcceptor, Error> {
    // Both permissions are optional: without them, there is nothing to be had.
    let given = match ctx.secrets() {
        Ok(secrets) => given(&secrets)?,
        Err(_) => None,
    };
    let identity = match (given, ctx.kv()) {
        (Some(identity), _) => identity,
        (None, Ok(storage)) => kept(&storage, hosts, &ctx.log()).await?,
        (None, Err(error)) => {
            ctx.log().warn(format_args!("visitors are warned after each start, since the certificate cannot be kept: {error}"));
            made(hosts)?
        }
    };
    accepting(&identity)
}

/// The operator's; `None` when there is none. One half alone is a mistake.
fn given(secrets: &Secrets) -> Result<Option<Identity>, Error> {
    let read = |name| match secrets.get(name) {
        Ok(secret) => Ok(Some(secret.expose().to_owned())),
        Err(SecretError::Missing { .. }) => Ok(None),
        Err(error) => Err(Error::new(error)),
    };
    match (read(CERTIFICATE)?, read(KEY)?) {
        (Some(certificate), Some(key)) => Ok(Some(Identity { certificate, key })),
        (None, None) => Ok(None),
        (Some(_), None) => Err(Error::message(format!("there is a secret `{CERTIFICATE}` and none `{KEY}`; give both or none"))),
        (None, Some(_)) => Err(Error::message(format!("there is a secret `{KEY}` and none `{CERTIFICATE}`; give both or none"))),
    }
}

/// The one that was made at an earlier start for these names, or a new one.
async fn kept(storage: &KeyValue, hosts: &[String], log: &Logger) -> Result<Identity, Error> {
    let names = hosts.join(" ");
    let former = storage.get(KEPT).await.map_err(Error::new)?;
    let former = former.as_deref().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    if let Some(text) = &former {
        match read_kept(text).filter(|(kept_names, _)| *kept_names == names) {
            Some((_, identity)) => return Ok(identity),
            None => log.warn("`hosts` has changed, so a new certificate is made, of which visitors are warned"),
        }
    }
    let identity = made(hosts)?;
    let text = format!("{names}\n{}{}", identity.certificate, identity.key);
    storage.set(KEPT, text).await.map_err(Error::new)?;
    Ok(identity)
}

/// A line with the names, the certificate, the key.
fn read_kept(text: &str) -> Option<(&str, Identity)> {
    let (names, rest) = text.split_once('\n')?;
    let at = rest.find("-----BEGIN PRIVATE KEY-----")?;
    let (certificate, key) = rest.split_at(at);
    Some((names, Identity { certificate: certificate.to_owned(), key: key.to_owned() }))
}

/// A new certificate, signed by itself, for as long as anybody will remember it.
fn made(hosts: &[String]) -> Result<Identity, Error> {
    let refused = |error: rcgen::Error| Error::message(format!("no certificate can be made for `hosts`: {error}"));
    let mut parameters = CertificateParams::new(hosts.to_vec()).map_err(refused)?;
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, hosts.first().map_or("localhost", String::as_str));
    parameters.distinguished_name = name;
    parameters.not_before = date_time_ymd(2020, 1, 1);
    parameters.not_after = date_time_ymd(2120, 1, 1);
    let key = KeyPair::generate().map_err(refused)?;
    let certificate = parameters.self_signed(&key).map_err(refused)?;
    Ok(Identity { certificate: certificate.pem(), key: key.serialize_pem() })
}

fn accepting(identity: &Identity) -> Result<TlsAcceptor, Error> {
    let wrong =
        |what: &str, error: &dyn std::fmt::Display| Error::message(format!("{what} is not used: {error}; write it in PEM form"));
    let chain = CertificateDer::pem_slice_iter(identity.certificate.as_bytes()).collect::<Result<Vec<_>, _>>();
    let chain = chain.map_err(|error| wrong("the certificate", &error))?;
    if chain.is_empty() {
        return Err(wrong("the certificate", &"there is none in it"));
    }
    let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes()).map_err(|error| wrong("the key", &error))?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(Error::new)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|error| Error::message(format!("the certificate and the key do not fit: {error}")))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}
