//! The plugin in a test host, on a folder as people leave them.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::sync::Arc;

use cms_plugin_content::Content;
use cms_plugin_storage_files::StorageFiles;
use keyway::testing::{RunningTestHost, TestHost};
use keyway_cms_sdk::{
    Answer, Bytes, Document, Format, Page, Response, Route, Site, SiteListener, Source, StatusCode, header, http,
};

keyway::testing::conformance!(Content, work: keyway_cms_sdk::testing::visit);

async fn host() -> RunningTestHost {
    TestHost::new()
        .plugin::<StorageFiles>()
        .plugin::<Content>()
        .text("content/index.md", "# Home\n")
        .text("content/guide/start.md", "+++\ntitle = \"Start\"\norder = 1\n+++\ntext\n")
        .text("content/guide/README.md", "# The guide\n")
        .text("content/guide/readme.md", "# Another page of this folder\n")
        .text("content/broken.md", "---\ntitle: [\n---\nStill here\n")
        .text("content/draft.md", "---\ndraft: true\n---\nsecret\n")
        .text("content/.hidden/a.md", "secret\n")
        .text("content/.env", "SECRET=1")
        .text("content/notes.key", "secret")
        .text("content/img/a b.svg", "<svg/>")
        .bytes("content/latin.md", b"# Caf\xe9\n")
        .start()
        .await
        .unwrap()
}

async fn documents(host: &RunningTestHost) -> Vec<Document> {
    host.extensions::<dyn Source>()[0].load().await.unwrap()
}

/// Shows the plugin the site that its own documents make, as a host does.
async fn build(host: &RunningTestHost) {
    let pages = documents(host).await.into_iter().map(|document| Page::new(Document { format: Format::Html, ..document }));
    let (site, surplus) = Site::new("Test", "https://example.org", pages.collect());
    assert!(surplus.is_empty(), "{surplus:?}");
    host.extensions::<dyn SiteListener>()[0].site_built(Arc::new(site)).await;
}

async fn get(host: &RunningTestHost, path: &str) -> Option<Answer> {
    let request = http::Request::get(path).body(Bytes::new()).unwrap();
    host.extensions::<dyn Route>()[0].handle(&request).await.unwrap()
}

async fn file(host: &RunningTestHost, path: &str) -> Response {
    match get(host, path).await {
        Some(Answer::Response(response)) => response,
        other => panic!("{path}: {other:?}"),
    }
}

#[tokio::test]
async fn every_readable_page_is_found() {
    let host = host().await;
    let found = documents(&host).await;
    let mut pages: Vec<(&str, &str)> = found.iter().map(|document| (document.path.as_str(), document.title.as_str())).collect();
    pages.sort_unstable();
    assert_eq!(
        pages,
        [("/", "Home"), ("/broken", "Broken"), ("/guide", "The guide"), ("/guide/start", "Start"), ("/latin", "Caf\u{fffd}")]
    );
    let broken = found.iter().find(|document| document.path == "/broken").unwrap();
    assert_eq!((broken.content.as_str(), broken.origin.as_str()), ("Still here\n", "content/broken.md"));
    assert!(broken.modified.is_some());
}

#[tokio::test]
async fn pages_are_views_whatever_the_final_slash() {
    let host = host().await;
    build(&host).await;
    for path in ["/guide/start", "/guide/start/"] {
        match get(&host, path).await {
            Some(Answer::View(view)) => assert_eq!((view.path.as_str(), view.title.as_str()), ("/guide/start", "Start")),
            other => panic!("{path}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn files_beside_the_pages_are_served_with_their_type() {
    let host = host().await;
    build(&host).await;
    let image = file(&host, "/img/a%20b.svg").await;
    assert_eq!(image.headers()[header::CONTENT_TYPE], "image/svg+xml");
    assert_eq!(image.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    assert!(image.headers().contains_key(header::LAST_MODIFIED));
    assert_eq!(image.body().as_ref(), b"<svg/>");
}

#[tokio::test]
async fn the_name_of_a_file_leads_to_its_page() {
    let host = host().await;
    build(&host).await;
    for (path, location) in [("/guide/start.md", "/guide/start"), ("/guide/README.md", "/guide"), ("/index.md", "/")] {
        let moved = file(&host, path).await;
        assert_eq!(
            (moved.status(), moved.headers()[header::LOCATION].to_str().unwrap()),
            (StatusCode::PERMANENT_REDIRECT, location)
        );
    }
}

#[tokio::test]
async fn nothing_else_is_served() {
    let host = host().await;
    build(&host).await;
    for path in [
        "/nowhere",
        "/draft",
        "/draft.md",
        "/.env",
        "/.hidden/a",
        "/.hidden/a.md",
        "/notes.key",
        "/img",
        "/img/",
        "/img/missing.png",
        "/../content/index.md",
        "/img/../img/a%20b.svg",
        "/%2e%2e/secret.txt",
        "//img/a%20b.svg",
        "/img%2fa%20b.svg",
        "/img/a%20b.svg/x.svg",
    ] {
        let answer = get(&host, path).await;
        assert!(answer.is_none(), "{path}: {answer:?}");
    }
    let post = http::Request::post("/guide/start").body(Bytes::new()).unwrap();
    assert!(host.extensions::<dyn Route>()[0].handle(&post).await.unwrap().is_none());
}

#[tokio::test]
async fn an_empty_folder_is_an_empty_site() {
    let host = TestHost::new().plugin::<StorageFiles>().plugin::<Content>().start().await.unwrap();
    assert!(documents(&host).await.is_empty());
}

#[tokio::test]
async fn more_media_types_can_be_configured() {
    let host = TestHost::new()
        .plugin::<Content>()
        .config("[media-types]\nkey = 'text/plain'")
        .text("content/a.key", "x")
        .start()
        .await
        .unwrap();
    assert_eq!(file(&host, "/a.key").await.headers()[header::CONTENT_TYPE], "text/plain");
    let error = TestHost::new().plugin::<Content>().empty_mount("content").config("media-types = { x = 'y' }").start().await;
    let error = error.unwrap_err().to_string();
    assert!(error.contains("media-types.x: `y` is no media type"), "{error}");
}

/// Where links to folders could lead in rings, the number of paths would double with each folder.
#[cfg(unix)]
#[tokio::test]
async fn links_between_folders_lead_in_no_ring() {
    let folder = std::env::temp_dir().join(format!("cms-plugin-content-ring-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("a")).unwrap();
    std::fs::write(folder.join("a/page.md"), "text").unwrap();
    for (target, link) in
        [("../a", "a/one"), ("../a", "a/two"), ("a", "b"), ("a/page.md", "linked.md"), ("/etc/hostname", "outside.md")]
    {
        let _ = std::os::unix::fs::symlink(target, folder.join(link));
    }
    // `adjust` takes a plain function, so the folder reaches it through a static.
    static FOLDER: std::sync::OnceLock<std::path::PathBuf> = std::sync::OnceLock::new();
    FOLDER.set(folder.clone()).unwrap();
    let host = TestHost::new().plugin::<StorageFiles>().plugin::<Content>();
    let host = host.adjust(|builder| builder.mount("content", FOLDER.wait())).start().await.unwrap();
    let paths: Vec<String> = documents(&host).await.into_iter().map(|document| document.path).collect();
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(paths, ["/a/page", "/linked"]);
}

#[tokio::test]
async fn files_that_are_too_large_are_neither_read_nor_served() {
    let host = TestHost::new()
        .plugin::<StorageFiles>()
        .plugin::<Content>()
        .text("content/index.md", "# Home\n")
        .text("content/long.md", &"word ".repeat(100))
        .text("content/small.txt", "small")
        .text("content/large.txt", &"x".repeat(101))
        .config("largest-file = 100")
        .start()
        .await
        .unwrap();
    build(&host).await;
    assert_eq!(documents(&host).await.len(), 1, "the long page is left out");
    assert_eq!(file(&host, "/small.txt").await.body().as_ref(), b"small");
    assert!(get(&host, "/large.txt").await.is_none());
}
