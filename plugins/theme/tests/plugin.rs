//! The plugin in a test host.

use std::sync::Arc;

use cms_plugin_theme::DefaultTheme;
use keyway::testing::TestHost;
use keyway_cms_sdk::{Answer, Bytes, Document, Format, Page, Route, Site, SiteListener, Theme, View, header, http};

keyway::testing::conformance!(DefaultTheme, work: keyway_cms_sdk::testing::visit);

fn site() -> Arc<Site> {
    let pages = ["/", "/guide", "/guide/start"].map(|path| Page::new(Document::new(path, "content/a.md", Format::Html, "")));
    Arc::new(Site::new("Test", "https://example.org", pages.to_vec()).0)
}

#[tokio::test]
async fn a_page_names_a_style_sheet_that_is_served_for_ever() {
    let host = TestHost::new().plugin::<DefaultTheme>().config("footer = 'by <me>'").start().await.unwrap();
    host.extensions::<dyn SiteListener>()[0].site_built(site()).await;
    let page = host.extensions::<dyn Theme>()[0].render(&site(), &View::new("/guide/start", "Start", "<p>text</p>")).unwrap();
    assert!(page.contains("<p>text</p>") && page.contains("by &lt;me&gt;"), "{page}");
    assert!(page.contains("<a href=\"/guide/start\" aria-current=\"page\">"), "{page}");

    let from = page.find("/theme.css?").unwrap();
    let address = &page[from..from + page[from..].find('"').unwrap()];
    for (address, kept) in [(address, "public, max-age=31536000, immutable"), ("/theme.css?v=old", "public, max-age=3600")] {
        let request = http::Request::get(address).body(Bytes::new()).unwrap();
        match host.extensions::<dyn Route>()[0].handle(&request).await.unwrap() {
            Some(Answer::Response(response)) => {
                assert_eq!(response.headers()[header::CACHE_CONTROL], kept, "{address}");
                assert_eq!(response.headers()[header::CONTENT_TYPE], "text/css; charset=utf-8");
            }
            other => panic!("{address}: {other:?}"),
        }
    }
}
