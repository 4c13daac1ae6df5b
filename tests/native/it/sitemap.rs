//! A plugin of the reference host, built as a library from the source that is linked elsewhere.

use std::sync::Arc;

use keyway_cms_sdk::{Answer, Bytes, Document, Format, Page, Route, Site, SiteListener, StatusCode, http};

use crate::library::start;

#[tokio::test]
async fn the_sitemap_lists_the_pages() {
    let host = start("cms-plugin-sitemap", "[plugin.\"site.sitemap\"]\nrobots = true").await.unwrap();
    let pages = ["/", "/about"].map(|path| Page::new(Document::new(path, "content/page.md", Format::Html, "")));
    let (site, _) = Site::new("Test", "https://example.org", pages.to_vec());
    let site = Arc::new(site);
    for listener in &host.extensions::<dyn SiteListener>() {
        listener.site_built(Arc::clone(&site)).await;
    }
    let routes = host.extensions::<dyn Route>();
    for (path, expected) in [
        ("/sitemap.xml", Some("<loc>https://example.org/about</loc>")),
        ("/robots.txt", Some("Sitemap: https://example.org/sitemap.xml")),
        ("/elsewhere", None),
    ] {
        let request = http::Request::get(path).body(Bytes::new()).unwrap();
        let body = routes[0].handle(&request).await.unwrap().map(|answer| match answer {
            Answer::Response(response) => {
                assert_eq!(response.status(), StatusCode::OK);
                String::from_utf8(response.into_body().to_vec()).unwrap()
            }
            Answer::View(view) => panic!("a sitemap is no view: {view:?}"),
        });
        assert!(
            body.as_deref().is_some_and(|body| expected.is_some_and(|expected| body.contains(expected))) == expected.is_some(),
            "{body:?}"
        );
    }
    // The listener has dropped the site that it was lent, in the library, and this is the last.
    assert_eq!(Arc::strong_count(&site), 1);
    assert!(host.stop().await.is_clean());
}
