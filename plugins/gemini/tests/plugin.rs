//! The plugin in a test host, over connections that lie in memory.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::sync::{Arc, Mutex};

use cms_plugin_gemini::Gemini;
use keyway::testing::{RunningTestHost, TestHost};
use keyway_cms_sdk::{Connection, Document, Format, Page, Protocol, Site, SiteListener};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{ClientConfig, DigitallySignedStruct, Error as TlsError, SignatureScheme};

keyway::testing::conformance!(Gemini, work: keyway_cms_sdk::testing::visit);

/// Takes any certificate at first sight, as browsers of Gemini do, and remembers it.
#[derive(Debug, Default)]
struct FirstSight(Mutex<Option<Vec<u8>>>);

impl ServerCertVerifier for FirstSight {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        *self.0.lock().unwrap() = Some(certificate.to_vec());
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        ring::default_provider().signature_verification_algorithms.supported_schemes()
    }
}

async fn started(config: &str) -> RunningTestHost {
    let host = TestHost::new().plugin::<Gemini>().config(config).start().await.unwrap();
    let page = |path: &str, title: &str, html: &str| {
        let mut document = Document::new(path, "content/page.md", Format::Html, html);
        title.clone_into(&mut document.title);
        document
    };
    let mut about = page("/about us", "About", "<p>We <a href=\"/\">start</a> here. <img src=\"/us.png\" alt=\"Us\"></p>");
    about.aliases = vec!["/who".to_owned()];
    let mut pages = [page("/", "Start", "<h1>Start</h1><p>Hello.</p>"), about].map(Page::new);
    "We start here in Zürich.".clone_into(&mut pages[1].text);
    let (site, _) = Site::new("Test", "https://example.org", pages.to_vec());
    let site = Arc::new(site);
    for listener in &host.extensions::<dyn SiteListener>() {
        listener.site_built(Arc::clone(&site)).await;
    }
    host
}

/// A connection to the plugin; the certificate is left in `seen`.
async fn connect(host: &RunningTestHost, name: &str, seen: &Arc<FirstSight>) -> TlsStream<DuplexStream> {
    let (theirs, ours) = tokio::io::duplex(4096);
    let connection = Connection::new(theirs, "127.0.0.1:50000".parse().unwrap(), "127.0.0.1:7000".parse().unwrap());
    let plugin = host.extensions::<dyn Protocol>()[0].clone();
    tokio::spawn(async move { plugin.serve(connection).await });
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(seen) as _)
        .with_no_client_auth();
    let name = ServerName::try_from(name.to_owned()).unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, ours).await.unwrap()
}

/// Sends bytes and reads everything that is answered, up to the end of the TLS connection.
async fn send(host: &RunningTestHost, bytes: &[u8]) -> String {
    let mut stream = connect(host, "localhost", &Arc::default()).await;
    stream.write_all(bytes).await.unwrap();
    stream.flush().await.unwrap();
    if !bytes.ends_with(b"\r\n") {
        stream.shutdown().await.unwrap();
    }
    let mut answer = String::new();
    // An end without the farewell of TLS would be an error here.
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

async fn get(host: &RunningTestHost, path: &str) -> String {
    send(host, format!("gemini://localhost{path}\r\n").as_bytes()).await
}

#[tokio::test]
async fn pages_are_gemtext() {
    let host = started("").await;
    let start = get(&host, "").await;
    assert_eq!(
        start,
        "20 text/gemini; charset=utf-8\r\n# Start\n\nHello.\n\n\n=> /pages.gmi All pages\n=> /search.gmi Search\n\
         => https://example.org/ This page on the web\n"
    );
    let about = get(&host, "/about%20us/").await;
    for line in ["# About", "We start here.", "=> / start", "=> https://example.org/us.png Us (picture)", "=> / Test"] {
        assert!(about.lines().any(|found| found == line), "{line}: {about}");
    }
    assert_eq!(get(&host, "/who").await, "31 /about%20us\r\n");
    assert_eq!(get(&host, "/nowhere").await, "51 there is no page at this address\r\n");
    assert!(get(&host, "/pages.gmi").await.contains("=> /about%20us About\n"));
    assert!(host.stop().await.is_clean());
}

#[tokio::test]
async fn a_search_asks_for_words() {
    let host = started("").await;
    assert_eq!(get(&host, "/search.gmi").await, "10 Search for\r\n");
    let found = get(&host, "/search.gmi?START%20z%C3%BCrich").await;
    assert!(found.contains("One page.") && found.contains("=> /about%20us About\n"), "{found}");
    assert!(get(&host, "/search.gmi?nothing%0A%3D%3E%20gemini://evil").await.contains("No page has these words."));
    assert!(!get(&host, "/search.gmi?x%0A%3D%3E%20gemini://evil").await.contains("\n=> gemini"), "no line of a stranger's");
}

#[tokio::test]
async fn hostile_requests_have_their_status() {
    let host = started("").await;
    let long = format!("gemini://localhost/{}\r\n", "x".repeat(1024));
    for (bytes, status) in [
        (long.as_bytes(), "59"),
        (b"gemini://localhost/", "59"),
        (b"gemini://localhost/\n", "59"),
        (b"gemini://user@localhost/\r\n", "59"),
        (b"gemini://localhost/\xff\xfe\r\n", "59"),
        (b"gemini://localhost/../../etc/passwd\r\n", "59"),
        (b"gemini://localhost/%2e%2e/etc/passwd\r\n", "59"),
        (b"gemini://localhost/#x\r\n", "59"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "59"),
        (b"https://localhost/\r\n", "53"),
        (b"gemini://elsewhere.example/\r\n", "53"),
        (b"gemini://localhost:70/\r\n", "53"),
        (b"gemini://127.0.0.1/\r\n", "53"),
        (b"gemini://localhost:7000/\r\n", "20"),
        (b"gemini://LOCALHOST:1965/\r\n", "20"),
    ] {
        let answer = send(&host, bytes).await;
        assert!(answer.starts_with(&format!("{status} ")), "{:?}: {answer}", String::from_utf8_lossy(bytes));
        assert!(answer.contains("\r\n") && (status == "20" || answer.ends_with("\r\n")), "{answer}");
    }
}

#[tokio::test]
async fn an_address_needs_no_name_in_the_handshake() {
    let host = started("").await;
    let mut stream = connect(&host, "127.0.0.1", &Arc::default()).await;
    stream.write_all(b"gemini://127.0.0.1/\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("20 "), "{answer}");
}

#[tokio::test(start_paused = true)]
async fn whoever_says_nothing_is_let_go() {
    let host = started("").await;
    let plugin = host.extensions::<dyn Protocol>()[0].clone();
    let address = "127.0.0.1:7000".parse().unwrap();
    let (theirs, _ours) = tokio::io::duplex(64);
    let silent = plugin.serve(Connection::new(theirs, address, address)).await.unwrap_err();
    assert!(silent.to_string().contains("no request arrived in time"), "{silent}");
    let (theirs, mut ours) = tokio::io::duplex(64);
    ours.write_all(b"gemini://localhost/\r\n").await.unwrap();
    assert!(plugin.serve(Connection::new(theirs, address, address)).await.is_err(), "no TLS, no answer");
}

#[tokio::test]
async fn the_operators_certificate_is_used() {
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(["example.org".to_owned()]).unwrap().self_signed(&key).unwrap();
    let (certificate_pem, key_pem) = (certificate.pem(), key.serialize_pem());
    let own =
        || TestHost::new().plugin::<Gemini>().config("hosts = ['example.org']").secret("gemini-certificate", &certificate_pem);
    let host = own().secret("gemini-key", &key_pem).start().await.unwrap();
    let seen = Arc::new(FirstSight::default());
    connect(&host, "example.org", &seen).await;
    assert_eq!(seen.0.lock().unwrap().as_deref(), Some(certificate.der().as_ref()));

    let other = rcgen::KeyPair::generate().unwrap().serialize_pem();
    for (host, part) in [
        (own(), "none `gemini-key`; give both or none"),
        (own().secret("gemini-key", "not PEM"), "the key is not used"),
        (own().secret("gemini-key", &other), "do not fit"),
    ] {
        let error = host.start().await.unwrap_err().to_string();
        assert!(error.contains("site.gemini") && error.contains(part) && !error.contains("BEGIN"), "{part}: {error}");
    }
}

#[tokio::test]
async fn its_own_certificate_is_kept_for_the_same_names() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("gemini-{}", std::process::id()));
    let certificate = async |config: &str, name: &str| {
        let host = TestHost::new().plugin::<Gemini>().config(config).data_folder(&folder).start().await.unwrap();
        let seen = Arc::new(FirstSight::default());
        connect(&host, name, &seen).await;
        assert!(host.stop().await.is_clean());
        seen.0.lock().unwrap().clone()
    };
    let first = certificate("", "localhost").await;
    assert!(first.is_some());
    assert_eq!(certificate("", "localhost").await, first, "after a restart");
    let other = certificate("hosts = ['example.org']", "example.org").await;
    assert_ne!(other, first, "for other names");
    assert_eq!(certificate("hosts = ['example.org']", "example.org").await, other);
    let _ = std::fs::remove_dir_all(folder);
}

#[tokio::test]
async fn settings_that_mean_nothing_stop_the_start() {
    for (config, part) in [
        ("hosts = []", "`hosts` is empty"),
        ("timeout-seconds = 0", "`timeout-seconds` is 0; set 1 to 600"),
        ("hosts = ['ü']", "no certificate can be made"),
    ] {
        let error = TestHost::new().plugin::<Gemini>().config(config).start().await.unwrap_err().to_string();
        assert!(error.contains("site.gemini") && error.contains(part), "{config}: {error}");
    }
}
