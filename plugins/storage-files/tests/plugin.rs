//! The plugin in a test host.

use cms_plugin_storage_files::StorageFiles;
use keyway::testing::{RunningTestHost, TestHost};
use keyway_cms_sdk::testing::check_store;
use keyway_cms_sdk::{Expected, Store, StoreError, StoreGuard};

keyway::testing::conformance!(StorageFiles, work: keyway_cms_sdk::testing::visit);

fn store(host: &RunningTestHost) -> StoreGuard {
    StoreGuard::clone(&host.extensions::<dyn Store>()[0])
}

fn writable() -> TestHost {
    TestHost::new().plugin::<StorageFiles>().config("writable = true")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn it_is_a_store() {
    let host = writable().start().await.unwrap();
    check_store(&store(&host)).await;
    assert_eq!(host.text("content/list/a.md"), "list/a.md", "documents are ordinary files");
}

#[tokio::test]
async fn without_leave_nothing_is_changed() {
    let host = TestHost::new().plugin::<StorageFiles>().text("content/a.md", "text").start().await.unwrap();
    let store = store(&host);
    assert_eq!(store.read("a.md").await.unwrap().body.as_ref(), b"text");
    let refusals = [
        store.write("a.md", b"new", &Expected::Anything).await.unwrap_err(),
        store.delete("a.md", &Expected::Anything).await.unwrap_err(),
    ];
    for refusal in refusals {
        assert!(matches!(refusal, StoreError::ReadOnly { .. }), "{refusal:?}");
        assert_eq!(
            refusal.to_string(),
            "the documents can be read and not changed: the operator has not set `writable = true` under \
             `[plugin.\"site.storage-files\"]`"
        );
    }
    assert_eq!(host.text("content/a.md"), "text");
}

#[tokio::test]
async fn leave_that_the_policy_denies_is_told_at_the_start() {
    let error = writable().deny("filesystem.write").start().await.unwrap_err().to_string();
    assert!(error.contains("KW0619") && error.contains("filesystem.write"), "{error}");
    let reading = TestHost::new().plugin::<StorageFiles>().deny("filesystem.write").start().await.unwrap();
    assert!(store(&reading).list().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_others_leave_in_the_folder_is_listed_or_left_out() {
    let host = TestHost::new()
        .plugin::<StorageFiles>()
        .text("content/index.md", "# Home\n")
        .text("content/Why?.md", "because")
        .text("content/img/logo.svg", "<svg/>")
        .text("content/.git/config", "secret")
        .text("content/.env", "secret")
        .text(&format!("content/{}bottom.md", "d/".repeat(32)), "deep")
        .text(&format!("content/{}bottom.md", "e/".repeat(33)), "too deep")
        .start()
        .await
        .unwrap();
    let store = store(&host);
    let paths: Vec<String> = store.list().await.unwrap().into_iter().map(|entry| entry.path).collect();
    assert_eq!(paths, ["Why?.md", &format!("{}bottom.md", "d/".repeat(32)), "img/logo.svg", "index.md"]);
    assert_eq!(store.read("Why?.md").await.unwrap().body.as_ref(), b"because");
    for path in ["img", "index.md/below.md", &"x".repeat(300)] {
        assert!(matches!(store.read(path).await, Err(StoreError::NotFound { .. })), "{path}");
    }
}

#[tokio::test]
async fn documents_have_a_largest_size() {
    let host = TestHost::new()
        .plugin::<StorageFiles>()
        .config("writable = true\nlargest-document = 10")
        .text("content/long.md", "eleven byte")
        .start()
        .await
        .unwrap();
    let store = store(&host);
    store.write("a.md", b"ten bytes.", &Expected::Absent).await.unwrap();
    for error in [
        store.write("a.md", b"eleven byte", &Expected::Anything).await.unwrap_err(),
        store.write("long.md", b"short", &Expected::Anything).await.unwrap_err(),
        store.read("long.md").await.unwrap_err(),
    ] {
        assert!(matches!(error, StoreError::TooLarge { limit: 10, .. }), "{error:?}");
    }
    assert_eq!(host.text("content/a.md"), "ten bytes.");
}

#[tokio::test]
async fn a_document_deeper_than_lists_go_is_refused() {
    let host = writable().start().await.unwrap();
    let (deep, too_deep) = (format!("{}a.md", "d/".repeat(32)), format!("{}a.md", "d/".repeat(33)));
    store(&host).write(&deep, b"text", &Expected::Absent).await.unwrap();
    let error = store(&host).write(&too_deep, b"text", &Expected::Absent).await.unwrap_err();
    assert!(matches!(error, StoreError::InvalidPath { .. }), "{error:?}");
    assert_eq!(store(&host).list().await.unwrap().len(), 1);
}

#[cfg(unix)]
#[tokio::test]
async fn changes_beside_the_program_change_the_fingerprint_and_conflict() {
    static FOLDER: std::sync::OnceLock<std::path::PathBuf> = std::sync::OnceLock::new();
    let folder = FOLDER.get_or_init(|| std::env::temp_dir().join(format!("cms-plugin-storage-files-{}", std::process::id())));
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(folder.join("a.md"), "first").unwrap();
    std::os::unix::fs::symlink("/etc/hostname", folder.join("outside.md")).unwrap();
    std::os::unix::fs::symlink("a.md", folder.join("linked.md")).unwrap();
    std::os::unix::fs::symlink(".", folder.join("ring")).unwrap();
    let host = writable().adjust(|builder| builder.mount("content", FOLDER.wait())).start().await.unwrap();
    let store = store(&host);
    let paths: Vec<String> = store.list().await.unwrap().into_iter().map(|entry| entry.path).collect();
    let (seen, before) = (store.read("a.md").await.unwrap(), store.fingerprint().await.unwrap());
    let outside = store.read("outside.md").await;
    std::fs::write(folder.join("a.md"), "second, and longer").unwrap();
    let after = store.fingerprint().await.unwrap();
    let conflict = store.write("a.md", b"third", &Expected::Revision(seen.revision)).await;
    let through_link = store.write("linked.md", b"third", &Expected::Anything).await;
    let left: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    std::fs::remove_dir_all(folder).unwrap();
    assert_eq!(paths, ["a.md", "linked.md"], "links are followed to files inside");
    assert!(matches!(outside, Err(StoreError::NotFound { .. })), "{outside:?}");
    assert_ne!(before, after);
    assert!(matches!(conflict, Err(StoreError::Conflict { current: Some(_), .. })), "{conflict:?}");
    assert!(matches!(through_link, Err(StoreError::ReadOnly { .. })), "{through_link:?}");
    assert_eq!(left.len(), 4, "no unfinished file is left: {left:?}");
}
