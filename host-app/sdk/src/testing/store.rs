//! What every store must do.

use crate::{Expected, Revision, StoreError, StoreGuard};

/// Checks that an empty store does what [`Store`](crate::Store) promises. Run it on a runtime with several threads, so that writers really meet.
///
/// ```ignore
/// #[tokio::test(flavor = "multi_thread")]
/// async fn it_is_a_store() {
///     let host = TestHost::new().plugin::<MyStore>().start().await.unwrap();
///     keyway_cms_sdk::testing::check_store(&host.extensions::<dyn Store>()[0]).await;
/// }
/// ```
///
/// # Panics
/// When the store does something else.
pub async fn check_store(store: &StoreGuard) {
    nothing_is_there(store).await;
    what_was_written_is_read(store).await;
    nobody_overwrites_what_they_have_not_seen(store).await;
    documents_are_deleted(store).await;
    paths_are_checked(store).await;
    lists_are_sorted(store).await;
    the_fingerprint_follows_changes(store).await;
    of_writers_at_the_same_time_one_wins(store).await;
}

async fn nothing_is_there(store: &StoreGuard) {
    assert_eq!(store.list().await.expect("an empty store lists nothing"), []);
    let missing = store.read("none.md").await;
    assert!(matches!(&missing, Err(StoreError::NotFound { path }) if path == "none.md"), "{missing:?}");
    let missing = store.delete("none.md", &Expected::Anything).await;
    assert!(matches!(&missing, Err(StoreError::NotFound { path }) if path == "none.md"), "{missing:?}");
}

async fn what_was_written_is_read(store: &StoreGuard) {
    let all_bytes: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    for (path, body) in [("text.md", b"# Text\n".as_slice()), ("empty.md", b""), ("a/b/ü c.md", &all_bytes)] {
        let revision = store.write(path, body, &Expected::Absent).await.expect("nothing is there");
        let stored = store.read(path).await.expect("it was written");
        assert_eq!((stored.path.as_str(), stored.body.as_ref(), &stored.revision), (path, body, &revision));
    }
}

async fn nobody_overwrites_what_they_have_not_seen(store: &StoreGuard) {
    let first = write(store, "shared.md", "first").await;
    let other = Revision::new("of no document");
    for expected in [Expected::Absent, Expected::Revision(other.clone())] {
        conflicts(&store.write("shared.md", b"lost", &expected).await, Some(&first));
        conflicts(&store.delete("shared.md", &expected).await, Some(&first));
    }
    conflicts(&store.write("not-there.md", b"lost", &Expected::Revision(other)).await, None);
    let second = store.write("shared.md", b"second", &Expected::Revision(first.clone())).await.expect("it is the first");
    assert_ne!(first, second);
    conflicts(&store.write("shared.md", b"lost", &Expected::Revision(first.clone())).await, Some(&second));
    assert_eq!(store.read("shared.md").await.expect("it is there").body.as_ref(), b"second");
    assert_eq!(write(store, "shared.md", "first").await, first, "a revision is that of the content");
}

async fn documents_are_deleted(store: &StoreGuard) {
    let revision = write(store, "gone.md", "text").await;
    store.delete("gone.md", &Expected::Revision(revision.clone())).await.expect("it is there");
    assert!(matches!(store.read("gone.md").await, Err(StoreError::NotFound { .. })));
    let again = store.delete("gone.md", &Expected::Revision(revision)).await;
    assert!(matches!(again, Err(StoreError::NotFound { .. })), "{again:?}");
    store.write("gone.md", b"back", &Expected::Absent).await.expect("its place is free");
    store.delete("gone.md", &Expected::Anything).await.expect("it is there");
    assert!(store.list().await.expect("a list").iter().all(|entry| entry.path != "gone.md"));
}

async fn paths_are_checked(store: &StoreGuard) {
    for path in ["", "/a.md", "../a.md", "a/../../b.md", ".hidden.md", "a//b.md", "c:a.md", "a\\b.md", "a\0.md"] {
        is_invalid(path, &store.read(path).await);
        is_invalid(path, &store.write(path, b"", &Expected::Anything).await);
        is_invalid(path, &store.delete(path, &Expected::Anything).await);
    }
    for path in ["con.md", "a?.md", "a.md.", "a%2fb.md"] {
        is_invalid(path, &store.write(path, b"", &Expected::Anything).await);
    }
}

async fn lists_are_sorted(store: &StoreGuard) {
    for path in ["list/b.md", "list-b.md", "list.md", "list/a.md"] {
        write(store, path, path).await;
    }
    let entries = store.list().await.expect("a list");
    assert!(entries.is_sorted_by(|left, right| left.path < right.path), "{entries:?}");
    let listed: Vec<_> = entries.iter().filter(|entry| entry.path.starts_with("list")).collect();
    let paths: Vec<_> = listed.iter().map(|entry| entry.path.as_str()).collect();
    assert_eq!(paths, ["list-b.md", "list.md", "list/a.md", "list/b.md"]);
    for entry in listed {
        assert_eq!(entry.len, entry.path.len() as u64, "{entry:?}");
        assert_eq!(entry.modified, store.read(&entry.path).await.expect("it is listed").modified);
    }
}

async fn the_fingerprint_follows_changes(store: &StoreGuard) {
    let fingerprint = async || store.fingerprint().await.expect("a fingerprint");
    let mut before = fingerprint().await;
    assert_eq!(before, fingerprint().await, "nothing has changed");
    for text in [Some("one"), Some("two"), None] {
        match text {
            Some(text) => drop(write(store, "print.md", text).await),
            None => store.delete("print.md", &Expected::Anything).await.expect("it is there"),
        }
        let after = fingerprint().await;
        assert_ne!(before, after, "{text:?}");
        before = after;
    }
}

async fn of_writers_at_the_same_time_one_wins(store: &StoreGuard) {
    const WRITERS: usize = 8;
    let seen = Expected::Revision(write(store, "race.md", "start").await);
    let writers: Vec<_> = (0..WRITERS)
        .map(|number| {
            let (store, seen) = (store.clone(), seen.clone());
            tokio::spawn(async move { store.write("race.md", number.to_string().as_bytes(), &seen).await })
        })
        .collect();
    let mut winners = Vec::new();
    for (number, writer) in writers.into_iter().enumerate() {
        match writer.await.expect("no writer panics") {
            Ok(_) => winners.push(number.to_string()),
            Err(error) => assert!(matches!(error, StoreError::Conflict { .. }), "{error:?}"),
        }
    }
    let there = store.read("race.md").await.expect("it is there").body;
    assert_eq!(winners.iter().map(String::as_bytes).collect::<Vec<_>>(), [there.as_ref()]);
}

async fn write(store: &StoreGuard, path: &str, text: &str) -> Revision {
    store.write(path, text.as_bytes(), &Expected::Anything).await.expect("anything may be there")
}

#[track_caller]
fn conflicts<T: std::fmt::Debug>(answer: &Result<T, StoreError>, there: Option<&Revision>) {
    assert!(matches!(answer, Err(StoreError::Conflict { current, .. }) if current.as_ref() == there), "{answer:?}");
}

#[track_caller]
fn is_invalid<T: std::fmt::Debug>(path: &str, answer: &Result<T, StoreError>) {
    assert!(matches!(answer, Err(StoreError::InvalidPath { path: named, .. }) if named == path), "{path:?}: {answer:?}");
}
