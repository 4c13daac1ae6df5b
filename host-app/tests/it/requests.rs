//! What the host itself does with requests, whatever plugins there are.

use crate::client::{ask, send};
use crate::folder::Folder;
use crate::served::Served;

fn served(name: &str) -> Served {
    Served::folder(Folder::with(name, &[("index.md", "# Start\n\nHello.\n")]))
}

#[test]
fn a_missing_page_is_a_page() {
    let server = served("missing");
    let reply = server.get("/no/such/page");
    assert_eq!(reply.status, 404);
    assert_eq!(reply.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
    assert!(reply.header("content-security-policy").is_some_and(|policy| policy.starts_with("default-src 'self'")));
    assert!(reply.text().contains("Page not found") && reply.text().starts_with("<!doctype html>"), "{}", reply.text());
}

#[test]
fn head_is_get_without_the_body() {
    let server = served("head");
    for path in ["/", "/missing"] {
        let (get, head) = (server.get(path), server.ask("HEAD", path, &[]));
        assert_eq!(head.status, get.status);
        assert_eq!(head.header("content-length"), get.header("content-length"));
        assert_eq!(head.header("etag"), get.header("etag"));
        assert_eq!(head.header("content-length"), Some(get.body.len().to_string().as_str()));
        assert!(head.body.is_empty());
    }
}

#[test]
fn paths_that_climb_or_hide_something_are_refused() {
    let server = served("climb");
    for path in ["/../Cargo.toml", "/a/../../Cargo.toml", "/%2e%2e/Cargo.toml", "/..%5cCargo.toml", "/./index.md", "/.git/config"]
    {
        let reply = server.get(path);
        assert!(matches!(reply.status, 400 | 404), "{path}: {}", reply.status);
        assert!(!reply.text().contains("[package]"), "{path}");
    }
    for path in ["/%2f", "/%00", "/%", "/%ff", "/a%5Cb"] {
        assert_eq!(server.get(path).status, 400, "{path}");
    }
}

#[test]
fn a_large_body_is_refused_and_a_small_one_read() {
    let server = served("body");
    let large = vec![b'x'; 1024 * 1024 + 1];
    assert_eq!(ask(server.address(), "POST", "/", &[], &large).status, 413);
    let small = ask(server.address(), "POST", "/missing", &[], &large[..1024]);
    assert_eq!(small.status, 404);
}

#[test]
fn too_many_or_too_large_headers_are_refused() {
    let server = served("headers");
    let many: String = (0..200).map(|number| format!("x-{number}: y\r\n")).collect();
    assert_eq!(send(server.address(), format!("GET / HTTP/1.1\r\nHost: x\r\n{many}\r\n").as_bytes()).status, 431);
    let long = "y".repeat(512 * 1024);
    assert_eq!(send(server.address(), format!("GET / HTTP/1.1\r\nHost: x\r\nx-long: {long}\r\n\r\n").as_bytes()).status, 431);
}

#[test]
fn what_is_no_request_is_refused_and_the_next_one_answered() {
    let server = served("nonsense");
    assert_eq!(send(server.address(), b"\x16\x03\x01 hello\r\n\r\n").status, 400);
    assert_eq!(ask(server.address(), "OPTIONS", "*", &[], &[]).status, 400);
    assert_eq!(server.get("/missing").status, 404);
}

#[test]
fn requests_that_a_server_in_front_might_read_in_another_way_end_their_connection() {
    let server = served("ambiguous");
    let next = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    for (head, status) in [
        ("Host: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked", 404),
        ("Host: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5", 404),
        ("Host: x\r\nTransfer-Encoding: chunked, identity", 400),
        ("Host: x\r\nTransfer-Encoding : chunked", 400),
        ("Host: x\r\nContent-Length: 5\r\nContent-Length: 0", 400),
        ("Host: x\r\nHost: y\r\nTransfer-Encoding: chunked", 400),
        ("Transfer-Encoding: chunked", 400),
    ] {
        let reply = send(server.address(), format!("POST /missing HTTP/1.1\r\n{head}\r\n\r\n0\r\n\r\n{next}").as_bytes());
        assert_eq!((reply.status, reply.header("connection")), (status, Some("close")), "{head}");
        assert!(!reply.text().contains("HTTP/1.1"), "{head}: what follows is not answered");
    }
    assert_eq!(send(server.address(), b"GET /missing HTTP/1.0\r\n\r\n").status, 404, "HTTP/1.0 knows no Host");
}

#[test]
fn a_body_that_is_refused_is_not_taken_for_the_next_request() {
    let server = served("refused-body");
    let hidden = "GET /hidden HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let hidden_many = hidden.repeat(64);
    let large = 2 * 1024 * 1024;
    for (head, status) in [
        (format!("Content-Length: {large}"), 413),
        (format!("Expect: 100-continue\r\nContent-Length: {large}"), 413),
        ("Transfer-Encoding: chunked".to_owned(), 400),
        ("Content-Length: +5".to_owned(), 400),
        ("Content-Length: 5, 5".to_owned(), 400),
        ("Content-Length: 0x5".to_owned(), 400),
    ] {
        let request = format!("POST /missing HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: none\r\n{head}\r\n\r\n{hidden_many}");
        let reply = send(server.address(), request.as_bytes());
        let text = String::from_utf8_lossy(&reply.body);
        assert_eq!(reply.status, status, "{head}");
        assert!(!text.contains("HTTP/1.1"), "{head}: what follows is not answered: {text}");
    }
}

#[test]
fn no_address_leads_to_another_site() {
    let server = served("elsewhere");
    for path in
        ["//evil.example", "//evil.example/", "//evil.example/..", "/%2fevil.example/", "/\\evil.example/", "/.//evil.example"]
    {
        for path in [path.to_owned(), format!("{path}index.md"), format!("{path}?next=//evil.example")] {
            let reply = server.get(&path);
            let location = reply.header("location").unwrap_or("/");
            assert!(location.starts_with('/') && !location.starts_with("//") && !location.contains('\\'), "{path}: {location}");
        }
    }
}

#[cfg(feature = "content")]
#[test]
fn files_that_may_hold_scripts_carry_the_policy_of_pages() {
    let server = Served::folder(Folder::with(
        "scripts",
        &[("a.svg", "<svg/>"), ("a.html", "<p>"), ("a.xml", "<a/>"), ("a.txt", "a"), ("a.js", "a")],
    ));
    for (path, expected) in [("/a.svg", true), ("/a.html", true), ("/a.xml", true), ("/a.txt", false), ("/a.js", false)] {
        let reply = server.get(path);
        assert_eq!((reply.status, reply.header("content-security-policy").is_some()), (200, expected), "{path}");
    }
}
