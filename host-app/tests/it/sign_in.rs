//! Signing in, through the whole program: from a password to a page that is not for everybody.

#![cfg(feature = "auth")]

use keyway::host::Dependents;

use crate::folder::Folder;
use crate::served::{Served, settings};
use crate::visitor::{Visitor, field, hash_password};

/// Cheap hashes, as tests want them, made by the program itself.
const CHEAP: &str = "[plugin.'site.auth'.hashing]\nmemory-kib = 8\npasses = 1\n";

/// The folder lives as long as the server, which keeps its sessions there.
fn served(name: &str) -> (Served, Folder) {
    let folder = Folder::with(name, &[("index.md", "# Start\n"), ("site.toml", CHEAP)]);
    let config = folder.path().join("site.toml");
    let hash = hash_password("open sesame\n", &["--config", config.to_str().expect("a text path")]).expect("a hash");
    assert!(hash.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{hash}");
    let mut settings = settings(&folder);
    let ada = format!("[plugin.'site.auth'.users.ada]\npassword = '{hash}'\nroles = ['admin']\n");
    let bob = format!("[plugin.'site.auth'.users.bob]\npassword = '{hash}'\n");
    settings.plugins = toml::from_str(&(ada + &bob)).expect("TOML");
    (Served::start(keyway_cms::plugins(), &settings).unwrap_or_else(|failure| panic!("{failure}")), folder)
}

#[test]
fn from_a_password_to_a_page_that_is_not_for_everybody() {
    let (server, _folder) = served("sign-in");
    let mut ada = Visitor::of(&server);
    assert_eq!(ada.get("/admin/users").header("location"), Some("/login?next=/admin/users"));
    let form = ada.get("/login?next=/admin/users");
    assert_eq!((form.status, form.header("cache-control")), (200, Some("no-store")));
    assert!(field(form.text(), "next") == "/admin/users" && form.text().contains("<!doctype html>"), "{}", form.text());
    assert_eq!(ada.sign_in("ada", "open", "/").status, 403);
    let reply = ada.sign_in("ada", "open sesame", "/admin/users");
    assert_eq!((reply.status, reply.header("location")), (303, Some("/admin/users")));
    let panel = ada.get("/admin/users");
    assert!(panel.status == 200 && panel.text().contains("<th scope=\"row\">ada</th>"), "{}", panel.text());
    assert_eq!(panel.header("cache-control"), Some("private, no-store"));

    let mut bob = Visitor::of(&server);
    bob.sign_in("bob", "open sesame", "/");
    assert_eq!(bob.get("/admin/users").status, 403, "he is no administrator");
    assert_eq!(ada.post("/admin/users", &[("user", "bob")]).status, 403, "without the token of the session");
    assert_eq!(bob.get("/logout").status, 200);
    let csrf = field(panel.text(), "csrf");
    assert_eq!(ada.post("/admin/users", &[("user", "bob"), ("csrf", &csrf)]).status, 303);
    assert_eq!(bob.get("/logout").status, 303, "he is signed out");

    assert_eq!(ada.post("/logout", &[("csrf", &csrf)]).header("location"), Some("/"));
    assert_eq!(ada.get("/admin/users").status, 303);
}

#[test]
fn the_audit_log_tells_who_signed_in_and_no_password() {
    let (server, folder) = served("sign-in-audit");
    let mut ada = Visitor::of(&server);
    ada.sign_in("ada", "open", "/");
    ada.sign_in("open sesame", "ada", "/");
    ada.sign_in("ada", "open sesame", "/");
    let csrf = field(ada.get("/logout").text(), "csrf");
    ada.post("/logout", &[("csrf", &csrf)]);
    drop(server);
    let entries = keyway::host::audit::read(folder.path().join(".keyway-cms")).expect("there is a log");
    let told: Vec<_> = entries.iter().filter(|entry| entry.kind.starts_with("auth.")).collect();
    let told: Vec<_> = told.iter().map(|entry| (entry.kind.as_str(), entry.details["user"].as_str())).collect();
    assert_eq!(
        told,
        [("auth.login-failed", "ada"), ("auth.login-failed", "unknown"), ("auth.login", "ada"), ("auth.logout", "ada")]
    );
    assert!(entries.iter().all(|entry| !entry.to_string().contains("sesame")), "no password");
}

#[test]
fn nobody_is_let_in_while_the_plugin_is_off() {
    let (server, _folder) = served("sign-in-off");
    let mut ada = Visitor::of(&server);
    ada.sign_in("ada", "open sesame", "/");
    assert_eq!(ada.get("/logout").status, 200);
    server.block_on(server.host().disable("site.auth", Dependents::Refuse)).expect("nobody needs it");
    assert_eq!(ada.get("/logout").status, 404);
    server.block_on(server.host().enable("site.auth", Dependents::Refuse)).expect("it starts");
    assert_eq!(ada.get("/logout").status, 200, "the session was kept");
}

#[test]
fn a_path_that_is_written_otherwise_is_as_closed() {
    let (server, _folder) = served("sign-in-escapes");
    for path in ["/logout", "/%6Cogout", "/%6c%6f%67%6f%75%74"] {
        assert_eq!(server.get(path).status, 303, "{path}");
    }
}

#[test]
fn passwords_of_no_use_are_told() {
    for (password, expected) in [
        ("\n", "error: the password is empty"),
        ("", "error: the password is empty"),
        ("sevenäö\n", "error: the password has fewer than 8 characters"),
    ] {
        let message = hash_password(password, &[]).expect_err("no hash");
        assert!(message.starts_with(expected) && message.contains("\n  help: "), "{message}");
    }
}
