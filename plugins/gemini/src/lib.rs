//! Serves the pages of a site over the Gemini protocol.
//!
//! One connection is one request: TLS, a line with a URL, a line with a status, and the page. See
//! [the specification](https://geminiprotocol.net/docs/protocol-specification.gmi).

pub mod gemtext;
mod identity;
mod library;
mod reply;
pub mod request;

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use keyway::prelude::*;
use keyway_cms_sdk::{CmsError, Connection, Protocol, Site, SiteListener};
use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;

use library::Library;
use reply::Reply;
use request::LONGEST_URL;

/// The port of the protocol, which URLs leave out.
pub const PORT: u16 = 1965;

/// The plugin `site.gemini`.
#[derive(Plugin)]
#[plugin(provides(Protocol, SiteListener))]
pub struct Gemini {
    listen: Vec<String>,
    /// In small letters.
    hosts: Vec<String>,
    timeout: Duration,
    tasks: Tasks,
    acceptor: TlsAcceptor,
    library: ArcSwap<Library>,
}

/// The plugin's settings; their defaults stand in `plugin.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GeminiConfig {
    /// Where to listen, such as `127.0.0.1:1965`.
    pub listen: Vec<String>,
    /// Names and addresses by which visitors reach the site.
    pub hosts: Vec<String>,
    /// Seconds that a request has to arrive, and that its answer has to be taken.
    pub timeout_seconds: u64,
}

impl Lifecycle for Gemini {
    type Config = GeminiConfig;

    async fn init(ctx: &Context<Self>, config: GeminiConfig) -> Result<Self, Error> {
        if config.hosts.is_empty() {
            return Err(Error::message("`hosts` is empty; name what visitors write behind `gemini://`, such as `example.org`"));
        }
        if !(1..=600).contains(&config.timeout_seconds) {
            return Err(Error::message(format!("`timeout-seconds` is {}; set 1 to 600", config.timeout_seconds)));
        }
        let hosts: Vec<String> = config.hosts.iter().map(|host| host.to_ascii_lowercase()).collect();
        let acceptor = identity::acceptor(ctx, &hosts).await?;
        Ok(Self {
            listen: config.listen,
            hosts,
            timeout: Duration::from_secs(config.timeout_seconds),
            tasks: ctx.tasks(),
            acceptor,
            library: ArcSwap::default(),
        })
    }
}

impl SiteListener for Gemini {
    async fn site_built(&self, site: Arc<Site>) {
        self.library.store(Arc::new(Library::new(site)));
    }
}

impl Protocol for Gemini {
    fn listen(&self) -> Result<Vec<String>, CmsError> {
        Ok(self.listen.clone())
    }

    async fn serve(&self, connection: Connection) -> Result<(), CmsError> {
        let port = connection.local().port();
        let arrived = self.tasks.timeout(self.timeout, async {
            let mut stream = self.acceptor.accept(connection).await?;
            let line = read_line(&mut stream).await?;
            std::io::Result::Ok((stream, line))
        });
        let (mut stream, line) =
            arrived.await.map_err(|_| CmsError::message("no request arrived in time"))?.map_err(CmsError::new)?;
        let reply = self.answer(&line, stream.get_ref().1.server_name(), port).await;
        let sent = self.tasks.timeout(self.timeout, async {
            stream.write_all(&reply.into_bytes()).await?;
            // Says that this is the end, so that a visitor can tell it from a connection that broke.
            stream.shutdown().await
        });
        sent.await.map_err(|_| CmsError::message("the answer was not taken in time"))?.map_err(CmsError::new)
    }
}

impl Gemini {
    /// Answers one line. `named` is the host that the visitor named in the handshake, `port` the one that it came to.
    async fn answer(&self, line: &[u8], named: Option<&str>, port: u16) -> Reply {
        let asked = match request::parse(line) {
            Ok(asked) => asked,
            Err(refused) => return Reply::refused(&refused),
        };
        let is_ours = self.hosts.contains(&asked.host)
            && named.is_none_or(|named| named.eq_ignore_ascii_case(&asked.host))
            && [port, PORT].contains(&asked.port);
        if !is_ours {
            return Reply::not_here();
        }
        self.library.load_full().answer(&asked).await
    }
}

/// Reads up to the line end, or as much as is enough to see that there is none in time.
async fn read_line(stream: &mut (impl AsyncRead + Unpin)) -> std::io::Result<Vec<u8>> {
    const ENOUGH: usize = LONGEST_URL + 2;
    let mut line = Vec::with_capacity(256);
    while line.len() < ENOUGH && !line.windows(2).any(|end| end == b"\r\n") {
        // What is read is bounded by what is left.
        let left = u64::try_from(ENOUGH - line.len()).unwrap_or(0);
        if (&mut *stream).take(left).read_buf(&mut line).await? == 0 {
            break;
        }
    }
    Ok(line)
}

impl std::fmt::Debug for Gemini {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Gemini").field("listen", &self.listen).field("hosts", &self.hosts).finish_non_exhaustive()
    }
}
