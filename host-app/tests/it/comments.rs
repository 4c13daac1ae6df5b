//! Comments through the whole program.
#![cfg(all(feature = "comments", feature = "content"))]

use crate::client::ask;
use crate::folder::Folder;
use crate::served::{Served, settings};

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

#[test]
fn a_comment_is_written_kept_and_shown() {
    let folder = Folder::with("comments", &[("index.md", "# Hello\n"), ("quiet.md", "---\ncomments: false\n---\n# Quiet\n")]);
    let mut settings = settings(&folder);
    let config = "[plugin.\"site.comments\"]\nmoderate = false\nmin-seconds = 0\n";
    settings.plugins = toml::from_str(config).expect("it is TOML");
    let server = Served::start(keyway_cms::plugins(), &settings).unwrap_or_else(|failure| panic!("{failure}"));

    let page = server.get("/");
    assert!(page.text().contains("No comments yet") && page.text().contains("href=\"/comments.css\""), "{}", page.text());
    assert!(!server.get("/quiet").text().contains("comment-form"));
    assert_eq!(server.get("/comments.css").header("content-type"), Some("text/css; charset=utf-8"));
    let token = page.text().split("name=\"token\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a token");
    let body = format!("page=/&author=Ada&text=%3Cb%3Ehi&token={token}");
    let evil = [FORM, ("Sec-Fetch-Site", "cross-site")];
    assert_eq!(ask(server.address(), "POST", "/comments", &evil, body.as_bytes()).status, 403, "from another site");
    let sent = ask(server.address(), "POST", "/comments", &[FORM], body.as_bytes());
    assert_eq!(sent.status, 303, "{}", sent.text());
    assert!(sent.header("location").is_some_and(|location| location.starts_with("/#comment-")), "{sent:?}");
    let page = server.get("/");
    assert!(page.text().contains("1 comment<") && page.text().contains("<p>&lt;b&gt;hi</p>"), "{}", page.text());
    let closed = if cfg!(feature = "auth") { 303 } else { 503 };
    assert_eq!(server.get("/comments/moderate").status, closed, "it is for editors");
    server.stop();
}
