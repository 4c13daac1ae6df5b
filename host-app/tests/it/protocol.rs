//! Plugins that speak another protocol than HTTP.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use keyway::host::Dependents;

use crate::folder::Folder;
use crate::served::{Served, settings};

#[expect(unreachable_pub, reason = "a plugin is `pub`, so that `host!` can name it")]
mod shout {
    use keyway::prelude::*;
    use keyway_cms_sdk::{CmsError, Connection, Protocol};
    use serde::Deserialize;
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};

    /// Shouts each line back.
    #[derive(Plugin)]
    #[plugin(
        provides(Protocol),
        manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.shout"
        version = "1.0.0"
        host = "^0.1"
        [permissions]
        "network.server" = { scope = ["127.0.0.1:*"], reason = "shouts back" }
        [config]
        port = 0
    "#
    )]
    pub struct Shout(u16);

    #[derive(Debug, Deserialize)]
    pub struct ShoutConfig {
        port: u16,
    }

    impl Lifecycle for Shout {
        type Config = ShoutConfig;
        async fn init(_: &Context<Self>, config: ShoutConfig) -> Result<Self, Error> {
            Ok(Self(config.port))
        }
    }

    impl Protocol for Shout {
        fn listen(&self) -> Result<Vec<String>, CmsError> {
            Ok(vec![format!("0.0.0.0:{}", self.0), "nowhere".to_owned(), self.0.to_string()])
        }

        async fn serve(&self, connection: Connection) -> Result<(), CmsError> {
            assert!(connection.peer().ip().is_loopback());
            assert_eq!(connection.local().port(), self.0);
            let mut stream = BufReader::new(connection);
            let mut line = String::new();
            while stream.read_line(&mut line).await.map_err(CmsError::new)? > 0 {
                assert_ne!(line, "panic\n", "a connection that panics");
                stream.write_all(line.to_uppercase().as_bytes()).await.map_err(CmsError::new)?;
                line.clear();
            }
            Ok(())
        }
    }
}

mod host {
    keyway::host! { policy = grant_requested, sdk = keyway_cms_sdk, lock = off, plugins = [super::shout], census_test = off }
}

/// Opens a connection as soon as somebody listens.
fn connect(port: u16) -> TcpStream {
    loop {
        match TcpStream::connect(("127.0.0.1", port)) {
            Ok(stream) => return stream,
            Err(_) => std::thread::sleep(std::time::Duration::from_millis(10)),
        }
    }
}

fn shout(stream: &mut TcpStream, line: &str) -> String {
    stream.write_all(line.as_bytes()).expect("it is open");
    let mut answer = vec![0; line.len()];
    stream.read_exact(&mut answer).expect("it answers");
    String::from_utf8(answer).expect("text")
}

#[test]
fn connections_are_handed_over_inside_the_grant_and_closed_with_the_plugin() {
    let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port();
    let folder = Folder::new("protocol");
    let mut settings = settings(&folder);
    settings.plugins = toml::from_str(&format!("[plugin.\"test.shout\"]\nport = {port}\n")).expect("TOML");
    let server = Served::start(host::plugins(), &settings).unwrap_or_else(|failure| panic!("{failure}"));
    let (mut first, mut second) = (connect(port), connect(port));
    assert_eq!(shout(&mut first, "hello\n"), "HELLO\n");
    assert_eq!(shout(&mut second, "you\n"), "YOU\n");
    second.write_all(b"panic\n").expect("it is open");
    assert_eq!(second.read(&mut [0]).unwrap_or(0), 0, "a panic closes its connection");
    assert_eq!(shout(&mut first, "still\n"), "STILL\n", "and no other");
    let denied = server.host().plugin("test.shout").expect("it is there").denials;
    assert_eq!(
        denied.last.expect("the other address").to_string(),
        format!("KW0610 plugin `test.shout` was denied `network.server` for `0.0.0.0:{port}`: its grant covers `127.0.0.1:*`")
    );
    server.block_on(server.host().disable("test.shout", Dependents::Refuse)).expect("nobody needs it");
    assert_eq!(first.read(&mut [0]).unwrap_or(0), 0, "it is closed with the plugin");
    server.block_on(server.host().enable("test.shout", Dependents::Refuse)).expect("it starts");
    assert_eq!(shout(&mut connect(port), "again\n"), "AGAIN\n");
    server.stop();
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err(), "nobody listens any more");
}
