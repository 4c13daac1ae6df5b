//! Websockets: the handshake, and what goes to and fro between a browser and the plugin that talks with it.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{FusedFuture, FutureExt};
use futures_util::{SinkExt, StreamExt};
use http::header::{CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE};
use http::{HeaderName, HeaderValue, Method, StatusCode};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use keyway::Host;
use keyway::host::{Extension, Point};
use keyway_cms_sdk::{Message, Request, Response, Socket, SocketReceiver, SocketSender, WebSocket};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, interval_at, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{self, Message as Frame};

use super::problem::Problem;
use super::{Pipeline, cross_origin};

/// Websockets open at the same time.
const MOST_SOCKETS: usize = 512;

/// Bytes of one message of a browser.
const LARGEST_MESSAGE: usize = 64 * 1024;

/// Messages on their way in each direction; a plugin that wants to send more waits.
const QUEUE: usize = 32;

/// Time between two pings, which keep the connection open and find out when it is not.
const PING: Duration = Duration::from_secs(30);

/// Time that a plugin has to end after its browser has gone, and that the last messages have to be sent.
const FAREWELL: Duration = Duration::from_secs(5);

/// What all websockets share.
#[derive(Debug)]
pub(super) struct Sockets {
    point: Point<dyn WebSocket>,
    places: Arc<Semaphore>,
}

impl Sockets {
    pub(super) fn new(host: &Host) -> Self {
        Self { point: host.point(), places: Arc::new(Semaphore::new(MOST_SOCKETS)) }
    }
}

/// Whether a request asks for a websocket.
pub(super) fn is_wanted(request: &Request) -> bool {
    has_token(request, &UPGRADE, "websocket") && has_token(request, &CONNECTION, "upgrade")
}

fn has_token(request: &Request, name: &HeaderName, token: &str) -> bool {
    let values = request.headers().get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|found| found.trim().eq_ignore_ascii_case(token))
}

impl Pipeline {
    /// Opens a websocket, if the request may have one: the answer hands the connection over.
    pub(super) async fn open_socket(
        &self,
        extension: &Extension<dyn WebSocket>,
        request: &mut Request,
        upgrade: Option<OnUpgrade>,
    ) -> Result<Response, Problem> {
        if request.method() != Method::GET || request.headers().get(SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
            return Err(Problem::new(StatusCode::BAD_REQUEST));
        }
        // Browsers let any page open a websocket to any site, cookies and all.
        if !cross_origin::is_from_this_site(request.headers(), self.site.load().address()) {
            return Err(Problem::new(StatusCode::FORBIDDEN).because("A page of another site may not open this."));
        }
        let key = request.headers().get(SEC_WEBSOCKET_KEY).ok_or(Problem::new(StatusCode::BAD_REQUEST))?;
        let accept =
            HeaderValue::try_from(derive_accept_key(key.as_bytes())).map_err(|_| Problem::new(StatusCode::BAD_REQUEST))?;
        let access = extension.access(request).map_err(|error| Problem::of(&error).unwrap_or_else(Problem::for_now))?;
        self.gate.admit(request, &access).await?;
        let upgrade = upgrade.ok_or(Problem::new(StatusCode::BAD_REQUEST))?;
        let place = Arc::clone(&self.sockets.places).try_acquire_owned().map_err(|_| Problem::for_now())?;
        let talk = Talk { point: self.sockets.point.clone(), extension: extension.clone(), request: Arc::new(request.clone()) };
        tokio::spawn(talk.begin(upgrade, place));
        let mut response = Response::default();
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
        Ok(response)
    }
}

/// One websocket that is being opened.
struct Talk {
    point: Point<dyn WebSocket>,
    extension: Extension<dyn WebSocket>,
    request: Arc<Request>,
}

type Stream = WebSocketStream<TokioIo<Upgraded>>;

impl Talk {
    async fn begin(self, upgrade: OnUpgrade, place: OwnedSemaphorePermit) {
        match upgrade.await {
            Ok(upgraded) => {
                let limits = WebSocketConfig::default()
                    .max_message_size(Some(LARGEST_MESSAGE))
                    .max_frame_size(Some(LARGEST_MESSAGE))
                    .max_write_buffer_size(8 * LARGEST_MESSAGE);
                let stream = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, Some(limits)).await;
                self.talk(stream).await;
            }
            Err(error) => tracing::debug!(%error, "a websocket was not opened"),
        }
        drop(place);
    }

    /// Carries messages until the browser or the plugin has ended it, or the plugin was switched off.
    async fn talk(self, stream: Stream) {
        let Self { point, extension, request } = self;
        let (plugin_end, browser_end) = Socket::pair(QUEUE);
        let (to_plugin, from_plugin) = browser_end.split();
        let (mut sink, source) = stream.split();
        {
            let mut served = std::pin::pin!(extension.connected(plugin_end, request));
            let mut sending = std::pin::pin!(send(from_plugin, &mut sink).fuse());
            let ended = tokio::select! {
                ended = &mut served => Some(ended),
                () = receive(source, to_plugin) => timeout(FAREWELL, &mut served).await.ok(),
                () = &mut sending => timeout(FAREWELL, &mut served).await.ok(),
                () = crate::switch::gone(&point, &extension) => None,
            };
            if let Some(Err(error)) = ended
                && error.call().is_none()
            {
                tracing::error!(plugin = extension.id(), %error, "a websocket ended with an error");
            }
            // What the plugin has sent before it ended is still to reach the browser. Senders that it keeps elsewhere do not count.
            if !sending.is_terminated() {
                let _ = timeout(FAREWELL / 10, sending).await;
            }
        }
        let _ = timeout(FAREWELL, sink.close()).await;
    }
}

/// Carries the browser's messages to the plugin; ends when either side has gone.
async fn receive(
    mut source: impl futures_util::Stream<Item = Result<Frame, tungstenite::Error>> + Unpin,
    to_plugin: SocketSender,
) {
    while let Some(Ok(frame)) = source.next().await {
        let message = match frame {
            Frame::Text(text) => Message::Text(text.as_str().to_owned()),
            Frame::Binary(bytes) => Message::Binary(bytes),
            Frame::Close(_) => return,
            Frame::Ping(_) | Frame::Pong(_) | Frame::Frame(_) => continue,
        };
        if to_plugin.send(message).await.is_err() {
            return;
        }
    }
}

/// Carries the plugin's messages to the browser, with a ping now and then; ends when either side has gone.
async fn send(mut from_plugin: SocketReceiver, sink: &mut (impl futures_util::Sink<Frame> + Unpin)) {
    let mut pings = interval_at(Instant::now() + PING, PING);
    loop {
        let frame = tokio::select! {
            message = from_plugin.receive() => match message {
                Some(Message::Text(text)) => Frame::Text(text.into()),
                Some(Message::Binary(bytes)) => Frame::Binary(bytes),
                None => return,
            },
            _ = pings.tick() => Frame::Ping(tungstenite::Bytes::new()),
        };
        if sink.send(frame).await.is_err() {
            return;
        }
    }
}
