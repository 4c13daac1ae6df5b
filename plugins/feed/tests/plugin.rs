//! The plugin in a test host.

use std::sync::Arc;

use cms_plugin_feed::Feed;
use keyway::testing::TestHost;
use keyway_cms_sdk::{Answer, Bytes, Document, Format, Page, Route, Site, SiteListener, header, http};

keyway::testing::conformance!(Feed, work: keyway_cms_sdk::testing::visit);

#[tokio::test]
async fn the_feed_has_as_many_entries_as_configured() {
    let host = TestHost::new().plugin::<Feed>().config("entries = 1\nauthor = 'Ada'").start().await.unwrap();
    let pages = [("/old", "2020-01-01"), ("/new", "2026-01-01")].map(|(path, date)| {
        let mut document = Document::new(path, "content/a.md", Format::Html, "");
        date.clone_into(&mut document.date);
        Page::new(document)
    });
    let (site, _) = Site::new("Test", "https://example.org", pages.to_vec());
    host.extensions::<dyn SiteListener>()[0].site_built(Arc::new(site)).await;

    let request = http::Request::get("/feed.xml").body(Bytes::new()).unwrap();
    match host.extensions::<dyn Route>()[0].handle(&request).await.unwrap() {
        Some(Answer::Response(response)) => {
            assert_eq!(response.headers()[header::CONTENT_TYPE], "application/atom+xml; charset=utf-8");
            let feed = std::str::from_utf8(response.body()).unwrap();
            assert!(feed.contains("<id>https://example.org/new</id>") && !feed.contains("/old"), "{feed}");
            assert!(feed.contains("<name>Ada</name>"), "{feed}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_empty_feed_is_a_mistake() {
    let error = TestHost::new().plugin::<Feed>().config("entries = 0").start().await.unwrap_err().to_string();
    assert!(error.contains("site.feed") && error.contains("set 1 or more"), "{error}");
}
