//! Editing through the whole program: from a password to a page, and back to none.

#![cfg(all(feature = "auth", feature = "editor", feature = "storage-files"))]

use keyway::host::Dependents;

use crate::folder::Folder;
use crate::served::{Served, settings};
use crate::visitor::{Visitor, field, hash_password};

const CHEAP: &str = "[plugin.'site.auth'.hashing]\nmemory-kib = 8\npasses = 1\n";

/// The folder lives as long as the server.
fn served(name: &str, more: &str) -> (Served, Folder) {
    let folder = Folder::with(name, &[("index.md", "# Start\n"), ("hash.toml", CHEAP)]);
    let config = folder.path().join("hash.toml");
    let hash = hash_password("open sesame\n", &["--config", config.to_str().expect("a text path")]).expect("a hash");
    let mut settings = settings(&folder);
    let ada = format!("[plugin.'site.auth'.users.ada]\npassword = '{hash}'\nroles = ['editor']\n");
    let bob = format!("[plugin.'site.auth'.users.bob]\npassword = '{hash}'\n");
    settings.plugins =
        toml::from_str(&format!("{more}\n[plugin.'site.storage-files']\nwritable = true\n{ada}{bob}")).expect("TOML");
    (Served::start(keyway_cms::plugins(), &settings).unwrap_or_else(|failure| panic!("{failure}")), folder)
}

#[test]
fn an_editor_that_can_change_nothing_is_told_when_the_program_starts() {
    let told = "the editor can change nothing: set `writable = true` under `[plugin.\"site.storage-files\"]`";
    let server = Served::folder(Folder::with("unwritable", &[("index.md", "# Start\n")]));
    assert!(server.greeting().contains(told), "{}", server.greeting());
    server.stop();
    let (server, _folder) = served("writable", "");
    assert!(!server.greeting().contains(told), "{}", server.greeting());
    server.stop();
}

#[test]
fn from_a_password_to_a_page_and_back_to_none() {
    let (server, folder) = served("editing", "");
    let [mut ada, mut other] = [(); 2].map(|()| Visitor::of(&server));
    for visitor in [&mut ada, &mut other] {
        assert_eq!(visitor.get("/edit").header("location"), Some("/login?next=/edit"));
        assert_eq!(visitor.sign_in("ada", "open sesame", "/edit").header("location"), Some("/edit"));
    }
    let form = ada.get("/edit/new");
    assert!(form.status == 200 && form.text().contains("<script src=\"/edit.js\" defer></script>"), "{}", form.text());
    assert_eq!(ada.get("/edit.js").header("content-type"), Some("text/javascript; charset=utf-8"));
    let csrf = field(form.text(), "csrf");
    let new = [("path", "notes/one"), ("title", "One"), ("text", "Not *yet* done.\r\n")];
    assert_eq!(ada.post("/edit/new", &new).status, 403, "the form carries the token of its session");
    let preview = ada.post("/edit/new", &[&new[..], &[("csrf", &csrf), ("action", "preview")]].concat());
    assert!(preview.status == 200 && preview.text().contains("<em>yet</em>"), "{}", preview.text());
    assert_eq!(server.get("/notes/one").status, 404, "a preview keeps nothing");
    let made = ada.post("/edit/new", &[&new[..], &[("csrf", &csrf)]].concat());
    assert_eq!((made.status, made.header("location")), (303, Some("/edit/notes/one.md?saved=1")));
    server.get_until("/notes/one", |reply| reply.status == 200 && reply.text().contains("<em>yet</em>"));

    // Two windows are open; whoever comes second is shown both.
    let [form, late] = [&mut ada, &mut other].map(|visitor| visitor.get("/edit/notes/one.md"));
    let revision = field(form.text(), "revision");
    let saved = ada.post("/edit/notes/one.md", &[("csrf", &csrf), ("revision", &revision), ("text", "# One\n\nDone.\n")]);
    assert_eq!(saved.status, 303);
    let (csrf_late, revision_late) = (field(late.text(), "csrf"), field(late.text(), "revision"));
    let conflict = other.post("/edit/notes/one.md", &[("csrf", &csrf_late), ("revision", &revision_late), ("text", "Mine.")]);
    assert!(conflict.status == 409 && conflict.text().contains("\nMine.</textarea>"), "{}", conflict.text());
    assert!(conflict.text().contains("Done."), "{}", conflict.text());
    server.get_until("/notes/one", |reply| reply.text().contains("Done."));

    let current = field(ada.get("/edit/notes/one.md").text(), "revision");
    let question = [("csrf", csrf.as_str()), ("revision", current.as_str()), ("action", "delete")];
    assert!(ada.post("/edit/notes/one.md", &question).text().contains("Delete notes/one.md?"));
    let answer = [question[0], question[1], ("action", "delete-for-good")];
    assert_eq!(ada.post("/edit/notes/one.md", &answer).header("location"), Some("/edit?deleted=1"));
    server.get_until("/notes/one", |reply| reply.status == 404);

    drop(server);
    let entries = keyway::host::audit::read(folder.path().join(".keyway-cms")).expect("there is a log");
    let edits = entries.iter().filter(|entry| entry.kind == "content.edited");
    let edits: Vec<_> = edits.map(|entry| ["user", "edit", "document"].map(|name| entry.details[name].as_str())).collect();
    assert_eq!(edits, ["made", "changed", "deleted"].map(|edit| ["ada", edit, "notes/one.md"]));
}

#[test]
fn nobody_else_edits() {
    let (server, folder) = served("not-editing", "");
    let mut bob = Visitor::of(&server);
    bob.sign_in("bob", "open sesame", "/");
    let paths = ["/edit", "/edit/", "/edit/new", "/edit/index.md", "/%65dit/index.md", "/edit/%69ndex.md"];
    for path in paths {
        assert_eq!(server.get(path).status, 303, "{path}");
        assert_eq!(bob.get(path).status, 403, "{path}");
        let fields = [("text", "taken over"), ("action", "save")];
        assert_eq!(bob.post(path, &fields).status, 403, "{path}");
        assert_eq!(Visitor::of(&server).post(path, &fields).status, 401, "{path}");
    }
    // Without the plugin that knows visitors, the editor is as closed for those who were let in before.
    let mut ada = Visitor::of(&server);
    ada.sign_in("ada", "open sesame", "/");
    assert_eq!(ada.get("/edit").status, 200);
    server.block_on(server.host().disable("site.auth", Dependents::Refuse)).expect("nobody needs it");
    for path in paths {
        assert_eq!(ada.get(path).status, 503, "{path}");
        assert_eq!(ada.post(path, &[("text", "taken over")]).status, 503, "{path}");
    }
    let index = std::fs::read_to_string(folder.path().join("index.md")).expect("it is there");
    assert_eq!(index, "# Start\n");
}

#[test]
fn nobody_edits_when_the_sessions_cannot_be_kept() {
    // A folder in the place of the file that sessions are in: the storage fails at every call.
    let folder = Folder::with("no-sessions", &[("index.md", "# Start\n"), (".keyway-cms/plugins/site.auth.db/x", "")]);
    let server = Served::folder(folder);
    let cookie = format!("session={}.{}", "0".repeat(16), "0".repeat(64));
    for path in ["/edit", "/edit/index.md"] {
        assert_eq!(server.ask("GET", path, &[("cookie", &cookie)]).status, 503, "{path}");
    }
    assert_eq!(server.get("/").status, 200, "whatever is for everybody is served");
}
