//! The plugin that speaks Gemini, in the program.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use keyway::host::Dependents;

use crate::folder::Folder;
use crate::served::{Served, settings};

/// Opens a connection as soon as somebody listens.
fn connect(port: u16) -> TcpStream {
    loop {
        match TcpStream::connect(("127.0.0.1", port)) {
            Ok(stream) => return stream,
            Err(_) => std::thread::sleep(std::time::Duration::from_millis(10)),
        }
    }
}

#[test]
fn it_listens_where_the_operator_says_and_only_while_it_is_on() {
    let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
    let folder = Folder::with("gemini", &[("index.md", "# Start\n")]);
    let mut settings = settings(&folder);
    settings.plugins = toml::from_str(&format!("[plugin.\"site.gemini\"]\nlisten = [\"127.0.0.1:{port}\"]\n")).expect("TOML");
    let server = Served::start(keyway_cms::plugins(), &settings).unwrap_or_else(|failure| panic!("{failure}"));
    assert!(!server.greeting().contains("does NOT listen"), "{}", server.greeting());
    let mut stream = connect(port);
    stream.write_all(b"gemini://localhost/\r\n").expect("it can be written to");
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    // A record of TLS that holds an alert: what was sent is no handshake.
    assert_eq!(answer.first(), Some(&21), "{answer:?}");
    assert!(!answer.starts_with(b"20 "), "nothing is said without TLS");
    server.block_on(server.host().disable("site.gemini", Dependents::Refuse)).expect("nobody needs it");
    while TcpStream::connect(("127.0.0.1", port)).is_ok() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert_eq!(server.get("/missing").status, 404, "the site goes on");
}

#[test]
fn it_listens_nowhere_that_no_rule_allows() {
    let folder = Folder::with("gemini-denied", &[("index.md", "# Start\n")]);
    let mut settings = settings(&folder);
    settings.plugins = toml::from_str("[plugin.\"site.gemini\"]\nlisten = [\"0.0.0.0:7001\"]\n").expect("TOML");
    let server = Served::start(keyway_cms::plugins(), &settings).unwrap_or_else(|failure| panic!("{failure}"));
    let told = "note: `site.gemini` does NOT listen on `0.0.0.0:7001`";
    assert!(server.greeting().contains(told), "{}", server.greeting());
    let denied = loop {
        let denials = server.host().plugin("site.gemini").expect("it is there").denials;
        if let Some(denied) = denials.last {
            break denied;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    };
    assert_eq!((denied.permission, denied.asked.as_str()), ("network.server", "0.0.0.0:7001"));
}
