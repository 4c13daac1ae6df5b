//! The extension point `cms.protocol`: serving another protocol than HTTP.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use keyway::{Boundary, boundary, extension_point};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::CmsError;

/// Serves a protocol of its own on addresses of its own.
///
/// The host listens in the plugin's place: on each address that lies in its `network.server` grant, and on no other. It limits how many
/// connections are open at once, and closes them when the plugin is switched off.
#[extension_point(
    id = "cms.protocol",
    version = "1.0.0",
    on_failure = "closed",
    deadline = "none",
    permission = keyway::permission::NetworkServer,
    uncounted(listen)
)]
pub trait Protocol {
    /// The addresses to listen on, such as `127.0.0.1:1965`. Asked each time the plugin starts.
    fn listen(&self) -> Result<Vec<String>, CmsError>;

    /// Serves one connection to its end. It is dropped, and the connection closed, when the plugin is switched off.
    ///
    /// Other connections are served at the same time. No deadline applies: how long a peer may say nothing is for the plugin to limit.
    async fn serve(&self, connection: Connection) -> Result<(), CmsError>;
}

/// A stream of bytes in both directions.
#[boundary]
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// A connection that somebody opened: read from it and write to it with tokio's `AsyncReadExt` and `AsyncWriteExt`.
#[derive(Boundary)]
pub struct Connection {
    stream: Box<dyn Stream>,
    peer: SocketAddr,
    local: SocketAddr,
}

impl Connection {
    /// Makes a connection of any stream; in a test, of one end of `tokio::io::duplex`.
    pub fn new(stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static, peer: SocketAddr, local: SocketAddr) -> Self {
        Self { stream: Box::new(stream), peer, local }
    }

    /// Who opened it.
    #[must_use]
    pub const fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// The address that it was opened to.
    #[must_use]
    pub const fn local(&self) -> SocketAddr {
        self.local
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Connection").field("peer", &self.peer).field("local", &self.local).finish_non_exhaustive()
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
