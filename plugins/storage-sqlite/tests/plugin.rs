//! The plugin in a test host.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use cms_plugin_storage_sqlite::StorageSqlite;
use keyway::testing::{RunningTestHost, TestClock, TestHost};
use keyway_cms_sdk::testing::check_store;
use keyway_cms_sdk::{Expected, Store, StoreError, StoreGuard};

keyway::testing::conformance!(StorageSqlite, work: keyway_cms_sdk::testing::visit);

fn store(host: &RunningTestHost) -> StoreGuard {
    StoreGuard::clone(&host.extensions::<dyn Store>()[0])
}

async fn paths(host: &RunningTestHost) -> Vec<String> {
    store(host).list().await.unwrap().into_iter().map(|entry| entry.path).collect()
}

/// A data folder that survives the host, for a test of a restart.
struct Data(PathBuf);

impl Data {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("cms-plugin-storage-sqlite-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        Self(folder)
    }
}

impl Drop for Data {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn it_is_a_store() {
    let host = TestHost::new().plugin::<StorageSqlite>().start().await.unwrap();
    check_store(&store(&host)).await;
}

#[tokio::test]
async fn the_first_start_takes_over_the_folder_and_no_other_does() {
    let data = Data::new("import");
    let begin = |text: &'static str| {
        let host = TestHost::new().plugin::<StorageSqlite>().data_folder(&data.0).text("content/index.md", text);
        host.text("content/a/Why?.md", "because").text("content/logo.svg", "<svg/>").text("content/.draft.md", "hidden").start()
    };
    let host = begin("# Home\n").await.unwrap();
    assert_eq!(paths(&host).await, ["a/Why?.md", "index.md"]);
    let home = store(&host).read("index.md").await.unwrap();
    assert_eq!(home.body.as_ref(), b"# Home\n");
    assert!(home.modified.is_some_and(|modified| modified <= SystemTime::now()));
    let fingerprint = store(&host).fingerprint().await.unwrap();
    assert!(host.stop().await.is_clean());
    drop(host);
    let host = begin("# Changed in the folder\n").await.unwrap();
    assert_eq!(store(&host).read("index.md").await.unwrap().body.as_ref(), b"# Home\n", "the database holds the documents now");
    assert_eq!(store(&host).fingerprint().await.unwrap(), fingerprint, "nothing has changed");
    for path in ["index.md", "a/Why?.md"] {
        store(&host).delete(path, &Expected::Anything).await.unwrap();
    }
    assert!(host.stop().await.is_clean());
    drop(host);
    let host = begin("# Home\n").await.unwrap();
    assert!(paths(&host).await.is_empty(), "what was deleted does not come back");
}

#[tokio::test]
async fn nothing_is_taken_over_where_it_is_not_wanted_or_not_granted() {
    let host = TestHost::new().plugin::<StorageSqlite>().config("import = false").text("content/a.md", "text");
    assert!(paths(&host.start().await.unwrap()).await.is_empty());
    let host = TestHost::new().plugin::<StorageSqlite>().deny("filesystem.read").text("content/a.md", "text");
    assert!(paths(&host.start().await.unwrap()).await.is_empty());
    let host = TestHost::new().plugin::<StorageSqlite>().config("largest-document = 3").text("content/a.md", "text");
    assert!(paths(&host.text("content/b.md", "b").start().await.unwrap()).await == ["b.md"]);
}

#[tokio::test]
async fn more_documents_than_one_answer_holds_are_listed() {
    let host = TestHost::new().plugin::<StorageSqlite>();
    let host = (0..1_001).fold(host, |host, number| host.text(&format!("content/{number:04}.md"), "x"));
    let listed = paths(&host.start().await.unwrap()).await;
    assert_eq!((listed.len(), listed[1_000].as_str()), (1_001, "1000.md"));
    assert!(listed.is_sorted());
}

#[tokio::test]
async fn former_versions_are_kept_up_to_a_number() {
    let data = Data::new("history");
    let host = TestHost::new().plugin::<StorageSqlite>().config("history = 2").data_folder(&data.0).start().await.unwrap();
    for number in 1..=5 {
        store(&host).write("a.md", format!("version {number}").as_bytes(), &Expected::Anything).await.unwrap();
    }
    store(&host).write("b.md", b"another", &Expected::Absent).await.unwrap();
    store(&host).delete("a.md", &Expected::Anything).await.unwrap();
    assert!(host.stop().await.is_clean());
    assert_eq!(versions(&data, "a.md"), ["version 3", "version 4", "version 5"], "also of what was deleted");
    assert_eq!(versions(&data, "b.md"), ["another"]);
}

/// What the README says about former versions, by another program than the plugin.
fn versions(data: &Data, path: &str) -> Vec<String> {
    let file = data.0.join("plugins/site.storage-sqlite.db");
    let database = rusqlite::Connection::open(file).unwrap();
    let mut query = database.prepare("SELECT body FROM own_versions WHERE path = ? ORDER BY id").unwrap();
    let rows = query.query_map([path], |row| row.get::<_, Vec<u8>>(0)).unwrap();
    rows.map(|body| String::from_utf8(body.unwrap()).unwrap()).collect()
}

#[tokio::test]
async fn the_time_of_a_document_is_that_of_its_last_change() {
    const HOUR: Duration = Duration::from_secs(3_600);
    let begin = SystemTime::UNIX_EPOCH + 300 * HOUR;
    let clock = TestClock::at(begin);
    let host = TestHost::new().plugin::<StorageSqlite>().clock(&clock).start().await.unwrap();
    for hours in 1..=2 {
        clock.advance(HOUR);
        store(&host).write("a.md", b"text", &Expected::Anything).await.unwrap();
        let modified = store(&host).read("a.md").await.unwrap().modified.unwrap();
        assert_eq!(modified.duration_since(begin).unwrap().as_secs() / HOUR.as_secs(), hours);
    }
}

#[tokio::test]
async fn a_clock_that_is_set_back_costs_no_document() {
    let data = Data::new("clock");
    let begin = |hours: u64| {
        let clock = TestClock::at(SystemTime::UNIX_EPOCH + Duration::from_secs(3_600 * hours));
        let host = TestHost::new().plugin::<StorageSqlite>().config("history = 1").data_folder(&data.0);
        host.clock(&clock).start()
    };
    for (hours, text) in [(300, "first"), (200, "second"), (100, "third"), (400, "fourth")] {
        let host = begin(hours).await.unwrap();
        let before = store(&host).fingerprint().await.unwrap();
        store(&host).write("a.md", text.as_bytes(), &Expected::Anything).await.unwrap();
        assert_ne!(store(&host).fingerprint().await.unwrap(), before);
        assert_eq!(store(&host).read("a.md").await.unwrap().body.as_ref(), text.as_bytes());
        assert!(host.stop().await.is_clean());
    }
    assert!(versions(&data, "a.md").len() <= 2, "old versions are still thrown away");
}

#[tokio::test]
async fn documents_have_a_largest_size() {
    let host = TestHost::new().plugin::<StorageSqlite>().config("largest-document = 10").start().await.unwrap();
    store(&host).write("a.md", b"ten bytes.", &Expected::Absent).await.unwrap();
    let error = store(&host).write("a.md", b"eleven byte", &Expected::Anything).await.unwrap_err();
    assert!(matches!(error, StoreError::TooLarge { limit: 10, .. }), "{error:?}");
    let error = TestHost::new().plugin::<StorageSqlite>().config("largest-document = 8388609").start().await.unwrap_err();
    assert!(error.to_string().contains("largest-document: 8388609 is more than the 8388608 bytes that are possible"), "{error}");
}
