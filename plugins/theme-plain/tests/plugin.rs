//! The plugin in a test host.

use cms_plugin_theme_plain::PlainTheme;
use keyway::testing::TestHost;
use keyway_cms_sdk::{Site, Theme, View};

keyway::testing::conformance!(PlainTheme, work: keyway_cms_sdk::testing::visit);

#[tokio::test]
async fn a_view_becomes_a_whole_document() {
    let host = TestHost::new().plugin::<PlainTheme>().start().await.unwrap();
    let (site, _) = Site::new("Test", "https://example.org", Vec::new());
    let page = host.extensions::<dyn Theme>()[0].render(&site, &View::new("/a", "A", "<p>text</p>")).unwrap();
    assert!(
        page.starts_with("<!doctype html>") && page.ends_with("</html>\n") && page.contains("<h1>A</h1>\n<p>text</p>"),
        "{page}"
    );
}
