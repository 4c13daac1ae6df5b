//! The client against servers on the loopback interface, with names that a resolver of the test makes up.

use std::io::{self, Read, Write};
use std::net::{IpAddr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use keyway_manifest::{Descriptor, Location, PermissionRequest, PluginId, Policy, ScopeKind};

use super::connect::{Connector, Resolve};
use super::{Grants, HttpLimits, ScopedHttp};
use crate::capability::{ClockSource, Http, HttpError};
use crate::host::audit::Audit;
use crate::host::capability::clock::SystemClock;
use crate::host::data::DataFolder;
use crate::plugin::BoxFuture;

/// Answers each question with the next of these addresses; the last one from then on.
struct Told(Vec<&'static str>, AtomicUsize);

impl Resolve for Told {
    fn resolve<'r>(&'r self, _: &'r str) -> BoxFuture<'r, io::Result<Vec<IpAddr>>> {
        let turn = self.1.fetch_add(1, Ordering::Relaxed).min(self.0.len() - 1);
        Box::pin(async move { Ok(vec![self.0[turn].parse().unwrap()]) })
    }
}

fn client(scopes: &[String], addresses: Vec<&'static str>, limits: HttpLimits) -> (Http, Arc<Grants>) {
    let scopes: Vec<&'static str> = scopes.iter().map(|scope| &*scope.clone().leak()).collect();
    let request = PermissionRequest {
        name: super::PERMISSION,
        scope_kind: ScopeKind::Origin,
        scopes: scopes.leak(),
        optional: false,
        reason: "test",
        location: Location::UNKNOWN,
    };
    let permissions: &'static [PermissionRequest] = vec![request].leak();
    let descriptor = Box::leak(Box::new(Descriptor { id: PluginId::new("site.a"), permissions, ..Descriptor::EMPTY }));
    let clock: Arc<dyn ClockSource> = Arc::new(SystemClock::new());
    let audit = Arc::new(Audit::new(&Arc::new(DataFolder::new(None)), None, &clock));
    let grants = Arc::new(Grants::new(descriptor, &Policy::GRANT_REQUESTED, audit));
    let connector = Arc::new(Connector::with_resolver(Arc::new(Told(addresses, AtomicUsize::new(0)))));
    (Http::new(Arc::new(ScopedHttp { grants: Arc::clone(&grants), connector, limits })), grants)
}

/// Serves the answers one after the other, each on a connection of its own; keeps what was asked.
fn serve(answers: Vec<String>) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let kept = Arc::clone(&asked);
    std::thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let (mut text, mut buffer) = (String::new(), [0; 4_096]);
            while !text.contains("\r\n\r\n") {
                let count = stream.read(&mut buffer).unwrap();
                if count == 0 {
                    break;
                }
                text.push_str(&String::from_utf8_lossy(&buffer[..count]));
            }
            kept.lock().unwrap().push(text);
            let _ = stream.write_all(answer.replace("PORT", &port.to_string()).as_bytes());
            // Without an answer the connection stays open, until the other side has enough.
            if answer.is_empty() || answer.ends_with("slow") {
                let _ = stream.read(&mut buffer);
            }
        }
    });
    (port, asked)
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nX-Mark: yes\r\n\r\n{body}", body.len())
}

fn to(location: &str) -> String {
    format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n")
}

#[tokio::test]
async fn a_granted_origin_is_asked_and_others_are_not() {
    let (port, asked) = serve(vec![ok("hello")]);
    let (http, grants) = client(&[format!("http://127.0.0.1:{port}")], vec!["127.0.0.1"], HttpLimits::default());
    let answer = http.post(&format!("http://127.0.0.1:{port}/a?b#c")).header("X-Own", "1").body("text").send().await.unwrap();
    assert_eq!((answer.status, answer.text(), answer.header("x-mark")), (200, Some("hello"), Some("yes")));
    let asked = asked.lock().unwrap()[0].to_ascii_lowercase();
    for part in ["post /a?b http/1.1\r\n", "x-own: 1\r\n", "content-length: 4\r\n"] {
        assert!(asked.contains(part), "{asked}");
    }
    assert!(asked.contains(&format!("host: 127.0.0.1:{port}\r\n")), "{asked}");
    for other in ["http://127.0.0.1:1/secret?token=x", "https://127.0.0.1/", "http://example.com/"] {
        let error = http.get(other).send().await.unwrap_err();
        assert!(matches!(&error, HttpError::Denied(denied) if !denied.asked.contains("secret")), "{error}");
    }
    assert_eq!(grants.denials().count, 3);
}

#[tokio::test]
async fn a_private_address_is_reached_by_a_scope_that_names_it_alone() {
    let (port, _) = serve(vec![ok("named")]);
    let url = format!("http://inner.example.com:{port}/");
    let (wild, grants) = client(&["http://*.example.com:*".to_owned()], vec!["127.0.0.1"], HttpLimits::default());
    let error = wild.get(&url).send().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "KW0610 plugin `site.a` was denied `network.client` for `http://inner.example.com:{port}`: it stands for `127.0.0.1`, a loopback address, which only a scope that names the host without `*` covers; have the plugin's manifest and `host.toml` name `http://inner.example.com:{port}`, or use a public address"
        )
    );
    assert_eq!(grants.denials().count, 1);
    let (named, _) = client(&["http://inner.example.com:*".to_owned()], vec!["127.0.0.1"], HttpLimits::default());
    assert_eq!(named.get(&url).send().await.unwrap().text(), Some("named"));
}

#[tokio::test]
async fn a_name_is_resolved_once_for_each_connection_and_checked_each_time() {
    // Whoever asked again to connect would be told an address at which nobody answers.
    let (port, _) = serve(vec![ok("once")]);
    let limits = HttpLimits { connect: Duration::from_millis(500), ..HttpLimits::default() };
    let (http, _) = client(&["http://re.example.com:*".to_owned()], vec!["127.0.0.1", "192.0.2.1"], limits);
    assert_eq!(http.get(&format!("http://re.example.com:{port}/")).send().await.unwrap().text(), Some("once"));
    let (http, grants) = client(&["http://*.example.com:*".to_owned()], vec!["192.0.2.1", "127.0.0.1"], limits);
    for turn in 1..=2 {
        let error = http.get(&format!("http://re.example.com:{port}/")).send().await.unwrap_err();
        assert!(matches!(error, HttpError::Denied(_)), "{error}");
        assert_eq!(grants.denials().count, turn);
    }
}

#[tokio::test]
async fn redirects_are_checked_as_the_first_request_was() {
    let (port, asked) = serve(vec![to("/next"), to("http://10.0.0.1/inner")]);
    let scopes = [format!("http://127.0.0.1:{port}"), "http://*.example.com".to_owned()];
    let (http, grants) = client(&scopes, vec!["10.0.0.1"], HttpLimits::default());
    let error = http.get(&format!("http://127.0.0.1:{port}/")).send().await.unwrap_err();
    assert!(matches!(&error, HttpError::Denied(denied) if denied.asked == "http://10.0.0.1"), "{error}");
    assert!(asked.lock().unwrap()[1].starts_with("GET /next "));

    let (port, _) = serve(vec![to("http://in.example.com/")]);
    let (http, _) = client(&[format!("http://127.0.0.1:{port}"), scopes[1].clone()], vec!["10.0.0.1"], HttpLimits::default());
    let error = http.get(&format!("http://127.0.0.1:{port}/")).send().await.unwrap_err().to_string();
    assert!(error.contains("stands for `10.0.0.1`, a private address"), "{error}");
    assert_eq!(grants.denials().count, 1);

    let (port, _) = serve(vec![to("/"); 20]);
    let (http, _) = client(&[format!("http://127.0.0.1:{port}")], vec![], HttpLimits::default());
    let error = http.get(&format!("http://127.0.0.1:{port}/")).send().await.unwrap_err().to_string();
    assert!(error.starts_with("KW0674 the request was not sent: more than 10 redirects"), "{error}");
    assert_eq!(http.get(&format!("http://127.0.0.1:{port}/")).no_redirects().send().await.unwrap().status, 302);
}

#[tokio::test]
async fn credentials_stay_with_the_origin_that_they_were_meant_for() {
    let (other, asked) = serve(vec![ok("there")]);
    let (port, _) = serve(vec![to(&format!("http://127.0.0.1:{other}/"))]);
    let (http, _) = client(&["http://127.0.0.1:*".to_owned()], vec![], HttpLimits::default());
    let request = http.post(&format!("http://127.0.0.1:{port}/")).header("Authorization", "Bearer x").header("X-Api-Key", "y");
    request.header("Accept", "text/plain").body("data").send().await.unwrap();
    let asked = asked.lock().unwrap()[0].to_ascii_lowercase();
    assert!(asked.starts_with("get / ") && asked.contains("accept: text/plain"), "{asked}");
    assert!(!asked.contains("bearer") && !asked.contains("x-api-key") && !asked.contains("data"), "{asked}");
}

#[tokio::test]
async fn bodies_are_bounded_whether_their_length_is_told_or_not() {
    let limits = HttpLimits { request: 8, response: 8, ..HttpLimits::default() };
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n123456789\r\n0\r\n\r\n".to_owned();
    let (port, _) = serve(vec![ok("12345678"), ok("123456789"), chunked]);
    let (http, _) = client(&[format!("http://127.0.0.1:{port}")], vec![], limits);
    let url = format!("http://127.0.0.1:{port}/");
    assert_eq!(http.get(&url).send().await.unwrap().body.len(), 8);
    for _ in 0..2 {
        let error = http.get(&url).send().await.unwrap_err().to_string();
        assert_eq!(error, format!("KW0675 the answer of `http://127.0.0.1:{port}` is larger than its limit of 8 bytes"));
    }
    let error = http.post(&url).body("123456789").send().await.unwrap_err().to_string();
    assert_eq!(error, "KW0674 the request was not sent: its body has 9 bytes, more than the limit of 8");
}

#[tokio::test]
async fn a_server_that_is_slow_costs_no_more_than_the_deadline() {
    let slow = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nslow".to_owned();
    let (port, _) = serve(vec![String::new(), slow]);
    let (http, _) = client(&[format!("http://127.0.0.1:{port}")], vec![], HttpLimits::default());
    for _ in 0..2 {
        let request = http.get(&format!("http://127.0.0.1:{port}/")).deadline(Duration::from_millis(100));
        let error = request.send().await.unwrap_err().to_string();
        assert_eq!(error, format!("KW0676 `http://127.0.0.1:{port}` did not answer within the limit of 100ms"));
    }
}

#[tokio::test]
async fn what_a_plugin_must_not_set_is_refused_before_anything_is_sent() {
    let (http, _) = client(&["http://127.0.0.1:*".to_owned()], vec![], HttpLimits::default());
    for name in ["Host", "connection", "Content-Length", "Transfer-Encoding", "TE", "Upgrade", "Proxy-Authorization"] {
        let error = http.get("http://127.0.0.1:9/").header(name, "x").send().await.unwrap_err();
        assert!(matches!(error, HttpError::Refused(_)), "{name}: {error}");
    }
    for (name, value) in [("x y", "1"), ("x", "1\r\nHost: other"), ("", "")] {
        let error = http.get("http://127.0.0.1:9/").header(name, value).send().await.unwrap_err();
        assert!(matches!(error, HttpError::Refused(_)), "{error}");
    }
    for (method, url) in [("CONNECT", "http://127.0.0.1:9/"), ("G T", "http://127.0.0.1:9/"), ("GET", "http://u:p@127.0.0.1:9/")]
    {
        let error = http.request(method, url).send().await.unwrap_err();
        assert!(matches!(&error, HttpError::Refused(reason) if !reason.contains("u:p")), "{error}");
    }
}

#[tokio::test]
async fn a_server_that_does_not_speak_the_protocol_is_an_error() {
    let (port, _) = serve(vec!["no HTTP at all\r\n\r\n".to_owned(), "no TLS either\r\n\r\n".to_owned()]);
    let scopes = [format!("http://127.0.0.1:{port}"), format!("https://127.0.0.1:{port}")];
    let (http, _) = client(&scopes, vec![], HttpLimits::default());
    for scope in scopes {
        let limit = Duration::from_millis(300);
        let error = http.get(&format!("{scope}/")).deadline(limit).send().await.unwrap_err();
        assert!(matches!(error, HttpError::Failed { .. } | HttpError::DeadlineExceeded { .. }), "{error}");
    }
}
