//! Answers that no well-behaved route would give: the visitor gets a page, the connection goes on, and nothing reaches the wire that
//! somebody could take for another answer.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::Scene;
use super::garbage::KINDS;

#[test]
fn garbage_becomes_a_page_or_is_sent_as_what_it_is() {
    let scene = Scene::new("fault-answers", &[], "");
    // A body that panics when it is dropped takes the connection with it, which nobody else is on; see below.
    for (kind, status) in KINDS.into_iter().filter(|(kind, _)| *kind != "bomb-body") {
        for method in ["GET", "HEAD"] {
            let reply = scene.server.ask(method, &format!("/hostile/garbage/{kind}"), &[]);
            assert_eq!(reply.status, status, "{method} {kind}");
            let length = reply.header("content-length").and_then(|length| length.parse::<usize>().ok()).expect("a length");
            assert_eq!(reply.body.len(), if method == "GET" { length } else { 0 }, "{method} {kind}");
            assert_eq!((reply.header("transfer-encoding"), reply.header("trailer")), (None, None), "{method} {kind}");
        }
        assert_eq!(scene.server.get("/good/text").status, 200, "after {kind}");
    }
    let early = Scene::new("fault-early", &[("Middleware::before", "garbage")], "");
    assert_eq!(early.server.get("/hostile/text").status, 500, "also from a step before");
    let late = Scene::new("fault-late", &[("Middleware::after", "garbage")], "");
    assert_eq!(late.server.get("/hostile/text").status, 500, "also from a step after");
}

#[test]
fn the_next_request_on_the_connection_is_answered() {
    let scene = Scene::new("fault-next", &[], "");
    for (kind, status) in KINDS.into_iter().filter(|(kind, _)| *kind != "bomb-body") {
        let mut stream = TcpStream::connect(scene.server.address()).expect("the server listens");
        let next = "GET /good/text?next HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        let first = format!("HEAD /hostile/garbage/{kind} HTTP/1.1\r\nHost: x\r\n\r\n{next}");
        stream.write_all(first.as_bytes()).expect("it is read");
        let mut answers = Vec::new();
        stream.read_to_end(&mut answers).expect("it ends");
        let answers = String::from_utf8_lossy(&answers).into_owned();
        assert!(answers.starts_with(&format!("HTTP/1.1 {status}")), "{kind}: {answers}");
        assert!(answers.ends_with("asked for next"), "{kind}: {answers}");
    }
}

#[test]
fn a_body_that_panics_ends_its_own_connection_only() {
    let scene = Scene::new("fault-body", &[], "");
    let mut other = TcpStream::connect(scene.server.address()).expect("the server listens");
    other.write_all(b"GET /good/text?1 HTTP/1.1\r\nHost: x\r\n").expect("it is read");
    for _ in 0..20 {
        let mut stream = TcpStream::connect(scene.server.address()).expect("the server listens");
        stream
            .write_all(b"HEAD /hostile/garbage/bomb-body HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            .expect("it is read");
        let _ = stream.read_to_end(&mut Vec::new());
    }
    other.write_all(b"Connection: close\r\n\r\n").expect("it is still open");
    let mut answer = String::new();
    other.read_to_string(&mut answer).expect("it is answered");
    assert!(answer.ends_with("asked for 1"), "{answer}");
}
