//! The extension point `cms.websocket`: talking with a browser for longer than one answer.

use std::fmt;
use std::sync::Arc;

use keyway::{Boundary, extension_point};
use tokio::sync::mpsc;

use crate::{Access, Bytes, CmsError, Request};

/// Talks with browsers that open a websocket at one path.
///
/// The host accepts a websocket only from pages of its own site, and only where the path lies in the plugin's `http.routes` grant. It
/// limits the size of a message and the number of open sockets, answers pings, and closes the sockets when the plugin is switched off.
#[extension_point(
    id = "cms.websocket",
    version = "1.0.0",
    on_failure = "closed",
    deadline = "none",
    permission = keyway::permission::HttpRoutes,
    uncounted(path, access)
)]
pub trait WebSocket {
    /// The URL path at which browsers open the socket, such as `/live`. Asked each time the plugin starts.
    fn path(&self) -> Result<String, CmsError>;

    /// Who may open it.
    fn access(&self, request: &Request) -> Result<Access, CmsError> {
        let _ = request;
        Ok(Access::Public)
    }

    /// Talks through one socket to its end; the socket is closed when this returns. `request` is the one that opened it.
    ///
    /// It is dropped when the plugin is switched off. No deadline applies.
    async fn connected(&self, socket: Socket, request: Arc<Request>) -> Result<(), CmsError>;
}

/// What is said through a socket.
#[derive(Debug, Clone, PartialEq, Eq, Boundary)]
pub enum Message {
    /// Text.
    Text(String),
    /// Bytes.
    Binary(Bytes),
}

impl From<&str> for Message {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Message {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Bytes> for Message {
    fn from(bytes: Bytes) -> Self {
        Self::Binary(bytes)
    }
}

/// One end of a socket. It is closed when it is dropped with all its senders, or when the other end is.
#[derive(Debug, Boundary)]
pub struct Socket {
    incoming: mpsc::Receiver<Message>,
    outgoing: SocketSender,
}

/// Sends through a socket, also from elsewhere than where its messages are received. Cloning is cheap.
#[derive(Debug, Clone, Boundary)]
pub struct SocketSender(mpsc::Sender<Message>);

impl Socket {
    /// Both ends of a socket, each with room for `capacity` messages on their way. In a test one of them is the browser's.
    ///
    /// # Panics
    /// When `capacity` is 0.
    #[must_use]
    pub fn pair(capacity: usize) -> (Self, Self) {
        let (to_first, first) = mpsc::channel(capacity);
        let (to_second, second) = mpsc::channel(capacity);
        let end = |incoming, to_other| Self { incoming, outgoing: SocketSender(to_other) };
        (end(first, to_second), end(second, to_first))
    }

    /// The next message of the other end; `None` when it has closed the socket.
    pub async fn receive(&mut self) -> Option<Message> {
        self.incoming.recv().await
    }

    /// Sends a message. Waits while the other end is behind.
    ///
    /// # Errors
    /// When the socket is closed.
    pub async fn send(&self, message: impl Into<Message>) -> Result<(), NotSent> {
        self.outgoing.send(message).await
    }

    /// A sender to keep elsewhere, for example in a list of all sockets.
    #[must_use]
    pub fn sender(&self) -> SocketSender {
        self.outgoing.clone()
    }

    /// Takes the socket apart, so that whoever receives does not keep it open for senders.
    #[must_use]
    pub fn split(self) -> (SocketSender, SocketReceiver) {
        (self.outgoing, SocketReceiver(self.incoming))
    }
}

/// Receives what the other end of a socket sends.
#[derive(Debug, Boundary)]
pub struct SocketReceiver(mpsc::Receiver<Message>);

impl SocketReceiver {
    /// The next message; `None` when the socket is closed.
    pub async fn receive(&mut self) -> Option<Message> {
        self.0.recv().await
    }
}

impl SocketSender {
    /// Sends a message. Waits while the other end is behind.
    ///
    /// # Errors
    /// When the socket is closed.
    pub async fn send(&self, message: impl Into<Message>) -> Result<(), NotSent> {
        self.0.send(message.into()).await.map_err(|_| NotSent::Closed)
    }

    /// Sends a message without waiting.
    ///
    /// # Errors
    /// When the socket is closed or the other end is behind.
    pub fn try_send(&self, message: impl Into<Message>) -> Result<(), NotSent> {
        self.0.try_send(message.into()).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => NotSent::Behind,
            mpsc::error::TrySendError::Closed(_) => NotSent::Closed,
        })
    }

    /// Whether the socket is closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.0.is_closed()
    }

    /// Waits until the socket is closed.
    pub async fn closed(&self) {
        self.0.closed().await;
    }
}

/// Why a message was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotSent {
    /// The socket is closed.
    Closed,
    /// The other end has not taken what was sent before.
    Behind,
}

impl fmt::Display for NotSent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Closed => "the socket is closed",
            Self::Behind => "the other end of the socket has not taken what was sent before",
        })
    }
}

impl std::error::Error for NotSent {}

#[cfg(test)]
mod tests {
    use super::{Message, NotSent, Socket};

    #[tokio::test]
    async fn what_one_end_sends_the_other_receives_until_it_is_closed() {
        let (mut plugin, browser) = Socket::pair(1);
        browser.send("hello").await.expect("it is open");
        assert_eq!(browser.sender().try_send("again"), Err(NotSent::Behind));
        assert_eq!(plugin.receive().await, Some(Message::from("hello")));
        let sender = plugin.sender();
        drop(browser);
        assert_eq!(plugin.receive().await, None);
        assert!(sender.is_closed());
        assert_eq!(sender.send("late").await, Err(NotSent::Closed));
    }
}
