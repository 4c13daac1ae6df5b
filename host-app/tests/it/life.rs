//! Starting, what is told then, and stopping.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use keyway_cms::Listen;

use crate::folder::Folder;
use crate::served::{Served, settings};

#[expect(unreachable_pub, reason = "a plugin is `pub`, so that `host!` can name it")]
mod failing {
    use keyway::prelude::*;
    use keyway_cms_sdk::{CmsError, Document, Source};

    #[derive(Plugin)]
    #[plugin(
        provides(Source),
        manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.failing"
        version = "1.0.0"
        host = "^0.1"
    "#
    )]
    pub struct Failing;

    impl Lifecycle for Failing {
        type Config = ();
        async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
            Ok(Self)
        }
    }

    impl Source for Failing {
        async fn load(&self) -> Result<Vec<Document>, CmsError> {
            Err(CmsError::message("the shelf is empty"))
        }
    }
}

mod host_of_failing {
    keyway::host! { policy = grant_requested, sdk = keyway_cms_sdk, lock = off, plugins = [super::failing], census_test = off }
}

#[test]
fn the_greeting_tells_what_runs_and_where() {
    let folder = Folder::with("greeting", &[("index.md", "# Hello\n")]);
    let server = Served::folder(folder);
    let greeting = server.greeting();
    assert!(greeting.contains(&format!("http://{}/", server.address())), "{greeting}");
    for registration in keyway_cms::plugins().registrations {
        assert!(greeting.contains(registration.descriptor.id.as_str()), "{greeting}");
        for request in registration.descriptor.permissions {
            assert!(greeting.contains(request.reason), "{greeting}");
        }
    }
    assert!(!greeting.contains("can be reached from other machines"), "{greeting}");
}

#[test]
fn an_address_beyond_loopback_is_warned_of() {
    let folder = Folder::new("beyond");
    let mut settings = settings(&folder);
    settings.listen = Listen::parse("0.0.0.0:0").expect("an address");
    let server = Served::start(keyway_cms::plugins(), &settings).expect("it starts");
    assert!(server.greeting().contains("can be reached from other machines"), "{}", server.greeting());
    assert!(server.greeting().contains("http://localhost:"), "{}", server.greeting());
}

#[test]
fn a_request_under_way_is_finished_when_it_stops() {
    let folder = Folder::with("stop", &[("index.md", "# Hello\n")]);
    let server = Served::folder(folder);
    let address = server.address();
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream.write_all(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbo").expect("it is read");
    let late = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(300));
        stream.write_all(b"dy").expect("the rest is still read");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        answer
    });
    std::thread::sleep(Duration::from_millis(100));
    server.stop();
    assert!(late.join().expect("an answer").starts_with("HTTP/1.1 40"), "the request was answered");
    assert!(TcpStream::connect(address).is_err(), "nobody listens any more");
}

#[test]
fn without_any_document_source_that_works_it_does_not_start() {
    let folder = Folder::new("failing");
    let failure = Served::start(host_of_failing::plugins(), &settings(&folder)).err().expect("it must not start").to_string();
    assert_eq!(failure, "error: no source could tell its documents\n  plugin `test.failing`: the shelf is empty");
}

#[test]
fn a_setting_for_an_unknown_plugin_is_refused() {
    let folder = Folder::new("unknown-plugin");
    let mut settings = settings(&folder);
    settings.plugins = toml::from_str("[plugin.\"site.sitemapp\"]\nrobots = true\n").expect("TOML");
    let failure = Served::start(keyway_cms::plugins(), &settings).err().expect("it must not start").to_string();
    assert!(failure.contains("site.sitemapp"), "{failure}");
}

#[cfg(feature = "feed")]
#[test]
fn what_the_configuration_disables_is_not_there() {
    let folder = Folder::with("disabled", &[("index.md", "# Hello\n")]);
    let mut settings = settings(&folder);
    settings.plugins = toml::from_str("[host]\ndisabled = [\"site.feed\"]\n").expect("TOML");
    let server = Served::start(keyway_cms::plugins(), &settings).expect("it starts");
    assert_eq!(server.get("/feed.xml").status, 404);
    assert_eq!(server.get("/").status, 200);
}

#[cfg(feature = "feed")]
#[test]
fn a_plugin_that_does_not_start_ends_the_program_unless_it_is_optional() {
    let folder = Folder::with("optional", &[("index.md", "# Hello\n")]);
    let mut settings = settings(&folder);
    settings.plugins = toml::from_str("[plugin.\"site.feed\"]\nno-such-setting = 1\n").expect("TOML");
    let failure = Served::start(keyway_cms::plugins(), &settings).err().expect("it must not start").to_string();
    assert!(failure.contains("KW0609") && failure.contains("no-such-setting") && failure.contains("help: "), "{failure}");
    settings.plugins.insert("host".to_owned(), toml::toml! { optional = ["site.feed"] }.into());
    let server = Served::start(keyway_cms::plugins(), &settings).expect("it starts without the feed");
    assert!(server.greeting().contains("KW0609"), "{}", server.greeting());
    assert_eq!(server.get("/feed.xml").status, 404);
    assert_eq!(server.get("/").status, 200);
}

#[test]
fn the_content_security_policy_is_a_setting() {
    let folder = Folder::new("policy");
    let mut settings = settings(&folder);
    for (policy, header) in [("default-src *", Some("default-src *")), ("", None)] {
        settings.content_security_policy = policy.to_owned();
        let server = Served::start(keyway_cms::plugins(), &settings).expect("it starts");
        assert_eq!(server.get("/missing").header("content-security-policy"), header);
    }
}
