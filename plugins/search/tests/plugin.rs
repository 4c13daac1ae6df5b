//! The plugin in a test host.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::sync::Arc;

use cms_plugin_search::Search;
use keyway::testing::{RunningTestHost, TestHost};
use keyway_cms_sdk::{Answer, Bytes, Document, Format, Page, Route, Site, SiteListener, http};

keyway::testing::conformance!(Search, work: keyway_cms_sdk::testing::visit);

async fn host() -> RunningTestHost {
    let host = TestHost::new().plugin::<Search>().config("results = 2").start().await.unwrap();
    let pages = ["/a", "/b", "/c"].map(|path| {
        let mut page = Page::new(Document::new(path, "content/a.md", Format::Html, ""));
        page.text = format!("common words of {path}");
        page
    });
    let (site, _) = Site::new("Test", "https://example.org", pages.to_vec());
    host.extensions::<dyn SiteListener>()[0].site_built(Arc::new(site)).await;
    host
}

async fn get(host: &RunningTestHost, address: &str) -> Option<Answer> {
    let request = http::Request::get(address).body(Bytes::new()).unwrap();
    host.extensions::<dyn Route>()[0].handle(&request).await.unwrap()
}

#[tokio::test]
async fn results_come_as_a_page_and_as_json() {
    let host = host().await;
    match get(&host, "/search?x=y&q=common+w%6Frds").await {
        Some(Answer::View(view)) => {
            assert_eq!(view.title, "Search: common words");
            assert!(view.content.contains("The best 2 of 3 pages."), "{}", view.content);
        }
        other => panic!("{other:?}"),
    }
    match get(&host, "/search.json?q=of+b").await {
        Some(Answer::Response(response)) => assert_eq!(
            std::str::from_utf8(response.body()).unwrap(),
            r#"{"query":"of b","total":1,"results":[{"path":"/b","title":"/b","snippet":"common words of /b"}]}"#
        ),
        other => panic!("{other:?}"),
    }
    assert!(get(&host, "/search/other").await.is_none());
}

#[tokio::test]
async fn strange_queries_are_answered() {
    let host = host().await;
    let long = format!("/search?q={}", "word+".repeat(2_000));
    for address in ["/search", "/search?", "/search?q=", "/search?q=%ff%00", "/search?q=%22%3E%3Cscript%3E", long.as_str()] {
        match get(&host, address).await {
            Some(Answer::View(view)) => assert!(!view.content.contains("<script"), "{}", view.content),
            other => panic!("{address}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn no_results_at_all_is_a_mistake() {
    let error = TestHost::new().plugin::<Search>().config("results = 0").start().await.unwrap_err().to_string();
    assert!(error.contains("site.search") && error.contains("set 1 or more"), "{error}");
}
