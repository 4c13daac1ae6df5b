//! Websockets of plugins.

use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use keyway::host::Dependents;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message as Frame};
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::folder::Folder;
use crate::served::{Served, settings};

#[expect(unreachable_pub, reason = "a plugin is `pub`, so that `host!` can name it")]
mod echo {
    use std::sync::Arc;

    use keyway::prelude::*;
    use keyway_cms_sdk::{Access, CmsError, Message, Request, Socket, WebSocket};

    /// Says back what it hears.
    #[derive(Plugin)]
    #[plugin(
        provides(WebSocket),
        manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.echo-socket"
        version = "1.0.0"
        host = "^0.1"
        [permissions]
        "http.routes" = { scope = ["/echo"], reason = "says back what it hears" }
    "#
    )]
    pub struct Echo;

    impl Lifecycle for Echo {
        type Config = ();
        async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
            Ok(Self)
        }
    }

    impl WebSocket for Echo {
        fn path(&self) -> Result<String, CmsError> {
            Ok("/echo".to_owned())
        }

        fn access(&self, request: &Request) -> Result<Access, CmsError> {
            Ok(if request.uri().query() == Some("secret") { Access::SignedIn } else { Access::Public })
        }

        async fn connected(&self, mut socket: Socket, request: Arc<Request>) -> Result<(), CmsError> {
            assert_eq!(request.uri().path(), "/echo");
            while let Some(message) = socket.receive().await {
                assert_ne!(message, Message::from("panic"), "a socket that panics");
                let is_last = message == Message::from("bye");
                socket.send(message).await.map_err(CmsError::new)?;
                if is_last {
                    return Ok(());
                }
            }
            Ok(())
        }
    }
}

mod host {
    keyway::host! { policy = grant_requested, sdk = keyway_cms_sdk, lock = off, plugins = [super::echo], census_test = off }
}

fn served(name: &str) -> Served {
    Served::start(host::plugins(), &settings(&Folder::new(name))).unwrap_or_else(|failure| panic!("{failure}"))
}

async fn open(address: SocketAddr, path: &str, headers: &[(&'static str, &str)]) -> Result<WebSocketStream<TcpStream>, u16> {
    let mut request = format!("ws://{address}{path}").into_client_request().expect("a request");
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().expect("a header"));
    }
    let stream = TcpStream::connect(address).await.expect("the server listens");
    match client_async(request, stream).await {
        Ok((socket, _)) => Ok(socket),
        Err(Error::Http(refused)) => Err(refused.status().as_u16()),
        Err(error) => panic!("{error}"),
    }
}

async fn say(socket: &mut WebSocketStream<TcpStream>, frame: Frame) -> Option<Frame> {
    socket.send(frame).await.ok()?;
    loop {
        match socket.next().await? {
            Ok(Frame::Ping(_) | Frame::Pong(_)) => {}
            Ok(Frame::Close(_)) | Err(_) => return None,
            Ok(frame) => return Some(frame),
        }
    }
}

#[test]
fn a_browser_and_a_plugin_talk() {
    let server = served("talk");
    let address = server.address();
    server.block_on(async {
        let own = format!("http://{address}");
        let mut socket = open(address, "/echo", &[("origin", &own)]).await.expect("it opens");
        assert_eq!(say(&mut socket, Frame::text("hello")).await, Some(Frame::text("hello")));
        assert_eq!(say(&mut socket, Frame::binary(vec![1, 2])).await, Some(Frame::binary(vec![1, 2])));
        assert_eq!(say(&mut socket, Frame::text("bye")).await, Some(Frame::text("bye")), "the last message still comes");
        assert_eq!(say(&mut socket, Frame::text("more")).await, None, "the plugin has ended it");
        let (mut one, mut other) =
            (open(address, "/echo", &[]).await.expect("open"), open(address, "/echo", &[]).await.expect("open"));
        assert_eq!(say(&mut one, Frame::text("panic")).await, None, "a panic closes its socket");
        assert_eq!(say(&mut other, Frame::text("x")).await, Some(Frame::text("x")), "and no other");
        assert_eq!(say(&mut other, Frame::text("x".repeat(64 * 1024 + 1))).await, None, "a message that is too large");
    });
}

#[test]
fn strangers_and_other_sites_open_none() {
    let server = served("no-talk");
    let address = server.address();
    server.block_on(async {
        assert_eq!(open(address, "/echo", &[("origin", "https://evil.example")]).await.err(), Some(403));
        assert_eq!(open(address, "/echo", &[("sec-fetch-site", "cross-site")]).await.err(), Some(403));
        assert_eq!(open(address, "/echo?secret", &[]).await.err(), Some(503), "nobody can tell who it is");
        assert_eq!(open(address, "/other", &[]).await.err(), Some(404));
        assert_eq!(open(address, "/echo", &[("sec-websocket-version", "8")]).await.err(), Some(400));
    });
    assert_eq!(server.get("/echo").status, 404, "there is no page there");
}

#[test]
fn a_socket_is_closed_with_its_plugin() {
    let server = served("closed");
    let address = server.address();
    server.block_on(async {
        let mut socket = open(address, "/echo", &[]).await.expect("it opens");
        assert_eq!(say(&mut socket, Frame::text("hello")).await, Some(Frame::text("hello")));
        server.host().disable("test.echo-socket", Dependents::Refuse).await.expect("nobody needs it");
        assert_eq!(say(&mut socket, Frame::text("hello?")).await, None);
        assert_eq!(open(address, "/echo", &[]).await.err(), Some(404));
        server.host().enable("test.echo-socket", Dependents::Refuse).await.expect("it starts");
        let mut socket = open(address, "/echo", &[]).await.expect("it opens again");
        assert_eq!(say(&mut socket, Frame::text("hello")).await, Some(Frame::text("hello")));
    });
}
