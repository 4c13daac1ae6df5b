//! A plugin that does everything wrong beside one that does not, and the real plugins that keep documents: whatever the hostile one
//! does, everybody else is answered, and the operator sees what happened.

#![cfg(all(feature = "content", feature = "storage-files"))]

mod answer;
mod ending;
mod flood;
mod garbage;
mod gate;
mod held;
mod mixed;
mod point;

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use keyway::host::{ExtensionInfo, PluginInfo, audit};
use keyway_cms_sdk::{Content, ContentGuard, Draft, Expected};

use crate::client::send;
use crate::folder::Folder;
use crate::served::{Served, settings};

#[expect(unreachable_pub, reason = "a plugin is `pub`, so that `host!` can name it")]
mod bystander;
#[expect(unreachable_pub, reason = "a plugin is `pub`, so that `host!` can name it")]
mod hostile;

mod host {
    keyway::host! {
        policy = grant_requested,
        sdk = keyway_cms_sdk,
        lock = off,
        plugins = [super::hostile, super::bystander, cms_plugin_content, cms_plugin_storage_files],
        census_test = off
    }
}

const HOSTILE: &str = "test.hostile";

/// A line of the audit log: its kind, and what else it says.
type Line = (String, BTreeMap<String, String>);

/// A server with a hostile plugin.
struct Scene {
    server: Served,
    folder: Folder,
    /// Where the hostile plugin speaks its protocol.
    port: u16,
}

impl Scene {
    /// Serves with these faults, each a place of the hostile plugin and what it does there; `host` is what else the operator says.
    fn new(name: &str, faults: &[(&str, &str)], host: &str) -> Self {
        let folder = Folder::with(name, &[("index.md", "# Start\n")]);
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port();
        let mut settings = settings(&folder);
        let faults: String = faults.iter().map(|(place, fault)| format!("{place:?} = {fault:?}\n")).collect();
        settings.plugins = toml::from_str(&format!(
            "[plugin.\"site.storage-files\"]\nwritable = true\n[plugin.\"{HOSTILE}\"]\nname = {name:?}\nport = {port}\n\
             [plugin.\"{HOSTILE}\".faults]\n{faults}{host}"
        ))
        .expect("TOML");
        let server = Served::start(host::plugins(), &settings).unwrap_or_else(|failure| panic!("{name}: {failure}"));
        Self { server, folder, port }
    }

    fn hostile(&self) -> PluginInfo {
        self.server.host().plugin(HOSTILE).expect("it is there")
    }

    /// How the hostile plugin fares at a point.
    fn extension(&self, point: &str) -> ExtensionInfo {
        let extensions = self.hostile().extensions;
        extensions.into_iter().find(|extension| extension.point.as_str() == point).unwrap_or_else(|| panic!("{point}"))
    }

    fn content(&self) -> ContentGuard {
        ContentGuard::clone(&self.server.host().extensions::<dyn Content>()[0])
    }

    /// Does everything once that a visitor, an author and the clock may do, and gives what came of each.
    fn tour(&self) -> BTreeMap<&'static str, String> {
        let root = [("x-name", "root")];
        let brief = |path: &str, headers: &[(&str, &str)]| {
            let reply = self.server.ask("GET", path, headers);
            let good = reply.header("x-good").is_some();
            let body = String::from_utf8_lossy(&reply.body).into_owned();
            let drawn =
                ["drawn:", "good content", "<!-- good -->", "a good panel", "a panel", "welcome", "a good file", "a file"];
            let found: Vec<&str> = drawn.into_iter().filter(|text| body.contains(text)).collect();
            format!("{} {} {}", reply.status, if good { "marked" } else { "" }, found.join(", "))
        };
        let mut seen = BTreeMap::from([
            ("good text", brief("/good/text", &[])),
            ("good file", brief("/good/file.txt", &[])),
            ("good members", brief("/good/members", &root)),
            ("good view", brief("/good/view", &[])),
            ("good panel", brief("/admin/good", &root)),
            ("missing", brief("/missing", &[])),
            ("stranger", brief("/good/members", &[])),
            ("start page", brief("/", &[])),
            ("hostile text", brief("/hostile/text", &[])),
            ("hostile file", brief("/hostile/file.txt", &[])),
            ("hostile panel", brief("/admin/hostile", &root)),
        ]);
        for (name, path) in [("good socket", "/good/socket"), ("hostile socket", "/hostile/socket")] {
            seen.insert(name, self.handshake(path).to_string());
        }
        seen.insert("protocol", self.protocol());
        let (insert, update, delete) = self.write();
        seen.extend([("insert", insert), ("update", update), ("delete", delete)]);
        let job = self.server.block_on(self.server.host().run_job(HOSTILE, "work"));
        seen.insert("job", job.map_or_else(|_| "none".to_owned(), |outcome| format!("{outcome:?}").chars().take(4).collect()));
        seen
    }

    /// Opens a websocket and drops it. 101 when it opens.
    fn handshake(&self, path: &str) -> u16 {
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        );
        let mut stream = TcpStream::connect(self.server.address()).expect("the server listens");
        stream.write_all(request.as_bytes()).expect("it is read");
        let mut status = [0; 12];
        stream.read_exact(&mut status).expect("a status");
        String::from_utf8_lossy(&status[9..]).parse().expect("a number")
    }

    fn protocol(&self) -> String {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) else { return "nobody".to_owned() };
        let mut said = vec![0; 6];
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout can be set");
        if stream.read_exact(&mut said).is_ok() { String::from_utf8_lossy(&said).into_owned() } else { "closed".to_owned() }
    }

    /// Makes, replaces and deletes a document.
    fn write(&self) -> (String, String, String) {
        let (content, server) = (self.content(), &self.server);
        let draft = |path: &str| Draft {
            path: path.to_owned(),
            text: "# Words\n".to_owned(),
            expected: Expected::Anything,
            author: None,
        };
        let _ = std::fs::remove_file(self.folder.path().join("note.md"));
        let word = |failed: bool| if failed { "refused" } else { "done" }.to_owned();
        let insert = server.block_on(content.save(&draft("note.md"))).is_err();
        self.folder.write("note.md", "# Other words\n");
        let update = server.block_on(content.save(&draft("note.md"))).is_err();
        let delete = server.block_on(content.delete("note.md", &Expected::Anything, None)).is_err();
        (word(insert), word(update), word(delete))
    }

    /// Waits for what the background does soon.
    fn until(&self, is_so: impl Fn(&Self) -> bool) {
        while !is_so(self) {
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Stops it; gives what the plugins said, and the lines of the audit log about the hostile one: kind and details.
    fn stop(self) -> (String, Vec<Line>) {
        let Self { server, folder, .. } = self;
        let said = server.stop();
        let log = folder.path().join(".keyway-cms");
        let verified = audit::verify(&log).expect("there is a log");
        assert!(verified.is_whole(), "{:?}", verified.damage);
        let entries = audit::read(&log).expect("there is a log");
        let hostile = entries.into_iter().filter(|entry| entry.plugin.as_deref() == Some(HOSTILE));
        (said, hostile.map(|entry| (entry.kind, entry.details)).collect())
    }
}

/// Whether the audit log says that the breaker of a point opened.
fn tells_of_breaker(log: &[Line], point: &str) -> bool {
    log.iter().any(|(kind, details)| kind == "breaker-opened" && details.get("point").is_some_and(|at| at == point))
}

/// Sends a request on a connection that stays open and reads nothing.
fn begin(server: &Served, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(server.address()).expect("the server listens");
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: x\r\nX-Name: ada\r\n\r\n").as_bytes()).expect("it is read");
    stream
}

#[test]
fn without_faults_everything_works() {
    let scene = Scene::new("fault-none", &[], "");
    let seen = scene.tour();
    for (name, expected) in [
        ("good text", "200 marked "),
        ("good file", "200 marked a good file"),
        ("good members", "200 marked welcome"),
        ("good view", "200 marked drawn:, good content, <!-- good -->"),
        ("good panel", "200 marked drawn:, <!-- good -->, a good panel"),
        ("missing", "404 marked drawn:, <!-- good -->"),
        ("stranger", "401 marked drawn:, <!-- good -->"),
        ("hostile file", "200 marked a file"),
        ("hostile panel", "200 marked drawn:, <!-- good -->, a panel"),
        ("hostile socket", "101"),
        ("protocol", "served"),
        ("insert", "done"),
        ("delete", "done"),
        ("job", "Done"),
    ] {
        assert_eq!(seen[name], expected, "{name}: {seen:#?}");
    }
    assert_eq!(
        send(scene.server.address(), b"GET /good/text?1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").text(),
        "asked for 1"
    );
    let (said, log) = scene.stop();
    assert_eq!(said, "stopped 4 plugins");
    assert!(!log.iter().any(|(kind, _)| kind == "breaker-opened" || kind == "denied"), "{log:?}");
}
