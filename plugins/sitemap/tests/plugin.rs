//! The plugin in a test host.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::sync::Arc;

use cms_plugin_sitemap::Sitemap;
use keyway::testing::TestHost;
use keyway_cms_sdk::{Answer, Bytes, Document, Format, Page, Route, Site, SiteListener, StatusCode, http};

keyway::testing::conformance!(Sitemap, work: keyway_cms_sdk::testing::visit);

/// What the plugin answers to a `GET`, when it has seen a site with the pages `/` and `/about`.
async fn get(path: &str, config: &str) -> Option<(StatusCode, String)> {
    let host = TestHost::new().plugin::<Sitemap>().config(config).start().await.unwrap();
    let pages = ["/", "/about"].map(|path| Page::new(Document::new(path, "content/page.md", Format::Html, "")));
    let (site, _) = Site::new("Test", "https://example.org", pages.to_vec());
    let site = Arc::new(site);
    for listener in &host.extensions::<dyn SiteListener>() {
        listener.site_built(Arc::clone(&site)).await;
    }

    let request = http::Request::get(path).body(Bytes::new()).unwrap();
    let routes = host.extensions::<dyn Route>();
    let answer = routes[0].handle(&request).await.unwrap();
    assert!(host.stop().await.is_clean());
    answer.map(|answer| match answer {
        Answer::Response(response) => (response.status(), String::from_utf8(response.body().to_vec()).unwrap()),
        Answer::View(view) => panic!("a sitemap is no view: {view:?}"),
    })
}

#[tokio::test]
async fn the_sitemap_lists_the_pages() {
    let (status, body) = get("/sitemap.xml", "").await.unwrap();
    assert_eq!(status, StatusCode::OK);
    assert!(body.contains("<loc>https://example.org/</loc>") && body.contains("<loc>https://example.org/about</loc>"), "{body}");
}

#[tokio::test]
async fn robots_are_told_when_the_operator_says_so() {
    assert!(get("/robots.txt", "").await.is_none());
    let (_, body) = get("/robots.txt", "robots = true").await.unwrap();
    assert!(body.contains("Sitemap: https://example.org/sitemap.xml"), "{body}");
}

#[tokio::test]
async fn a_misspelt_setting_stops_the_start() {
    let error = TestHost::new().plugin::<Sitemap>().config("robot = true").start().await.unwrap_err().to_string();
    assert!(error.contains("site.sitemap") && error.contains("robot"), "{error}");
}
