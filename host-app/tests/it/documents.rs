//! Documents that are changed through the service, and what visitors then see.

#![cfg(all(feature = "content", any(feature = "storage-files", feature = "storage-sqlite")))]

use keyway_cms_sdk::{Content, ContentError, ContentGuard, Draft, Expected, StoreError};

use crate::folder::Folder;
use crate::served::{Served, settings};

/// Serves a folder whose documents may be changed.
fn served(folder: &Folder) -> Served {
    let mut settings = settings(folder);
    if cfg!(feature = "storage-files") {
        settings.plugins = toml::from_str("[plugin.\"site.storage-files\"]\nwritable = true\n").expect("TOML");
    }
    Served::start(keyway_cms::plugins(), &settings).unwrap_or_else(|failure| panic!("{failure}"))
}

fn content(server: &Served) -> ContentGuard {
    ContentGuard::clone(&server.host().extensions::<dyn Content>()[0])
}

fn draft(path: &str, text: &str, expected: Expected) -> Draft {
    Draft { path: path.to_owned(), text: text.to_owned(), expected, author: None }
}

#[cfg(feature = "markdown")]
#[test]
fn what_is_saved_is_served_and_what_is_deleted_is_gone() {
    let folder = Folder::with("documents", &[("index.md", "# Start\n")]);
    let server = served(&folder);
    let content = content(&server);
    let preview = server.block_on(content.preview("notes/one.md", "# One\n\nNot *yet*.\n")).expect("it is a page");
    assert!(preview.document.content.contains("<em>yet</em>"), "{}", preview.document.content);
    assert_eq!(server.get("/notes/one").status, 404, "a preview keeps nothing");
    let saved = server.block_on(content.save(&draft("notes/one.md", "# One\n\nWords.\n", Expected::Absent))).expect("it is new");
    server.get_until("/notes/one", |reply| reply.status == 200 && reply.text().contains("Words."));
    let second = draft("notes/one.md", "# One\n\nOther words.\n", Expected::Revision(saved.clone()));
    let revision = server.block_on(content.save(&second)).expect("it is what was seen");
    server.get_until("/notes/one", |reply| reply.text().contains("Other words."));
    let late = server.block_on(content.save(&draft("notes/one.md", "lost", Expected::Revision(saved))));
    assert!(
        matches!(&late, Err(ContentError::Store(StoreError::Conflict { current, .. })) if current.as_ref() == Some(&revision)),
        "{late:?}"
    );
    server.block_on(content.delete("notes/one.md", &Expected::Revision(revision), None)).expect("it is there");
    server.get_until("/notes/one", |reply| reply.status == 404);
}

#[cfg(feature = "storage-files")]
#[test]
fn without_leave_a_site_can_only_be_read() {
    let folder = Folder::with("read-only", &[("index.md", "# Start\n")]);
    let server = Served::start(keyway_cms::plugins(), &settings(&folder)).unwrap_or_else(|failure| panic!("{failure}"));
    let refused =
        server.block_on(content(&server).save(&draft("new.md", "text", Expected::Absent))).expect_err("it is read-only");
    assert!(matches!(refused, ContentError::Store(StoreError::ReadOnly { .. })), "{refused:?}");
    assert!(refused.to_string().contains("writable = true"), "{refused}");
    assert!(!folder.path().join("new.md").exists());
}

#[cfg(feature = "storage-sqlite")]
#[test]
fn documents_are_taken_over_and_files_beside_them_are_served_from_the_folder() {
    let folder = Folder::with("taken-over", &[("index.md", "# Start\n"), ("a/b.md", "# Below\n"), ("style.css", "p{}")]);
    let server = served(&folder);
    assert_eq!(server.get("/a/b").status, 200);
    assert_eq!(server.get("/style.css").body, b"p{}");
    server.block_on(content(&server).save(&draft("a/b.md", "# Only in the database\n", Expected::Anything))).expect("it is kept");
    server.get_until("/a/b", |reply| reply.text().contains("Only in the database"));
    assert_eq!(std::fs::read_to_string(folder.path().join("a/b.md")).expect("it is still there"), "# Below\n");
}
